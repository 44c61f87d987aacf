"""Google's APIs as aiogoogle calls them: by the vendor's own discovery documents, pointed at a sandbox."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"


class Caller:
    """Call methods of one API: caller("users.messages.list", userId="me") → the answer's JSON."""

    def __init__(self, name: str, box: Any, key: str = "default", *, path: str) -> None:
        aiogoogle = pytest.importorskip("aiogoogle")
        from aiogoogle.resource import GoogleAPI

        file = SPECS / f"{name}.json.gz"
        if not file.exists():
            pytest.skip(
                f"The vendors' descriptions are not at hand: {file.name} would be in ../shared/specs."
            )
        found = json.loads(gzip.decompress(file.read_bytes()))
        found = next(iter(found["specs"].values())) if "specs" in found else found
        root = box.base_url(name).removesuffix(path)
        self._api = GoogleAPI({**found, "rootUrl": f"{root}/", "baseUrl": root}, validate=True)
        self._library = aiogoogle
        self._key = {**box.credential(name, key), "expires_at": "2999-01-01T00:00:00"}
        self.error = aiogoogle.excs.HTTPError

    def __call__(self, method: str, **parameters: Any) -> Any:
        """Return what the method answers. Raises the library's HTTPError."""
        target: Any = self._api
        for step in method.split("."):
            target = getattr(target, step)
        return asyncio.run(self._send(target(**parameters)))

    async def _send(self, request: Any) -> Any:
        async with self._library.Aiogoogle(user_creds=self._key) as session:
            return await session.as_user(request)

    def refused(self, call: Callable[[], Any]) -> tuple[int, str]:
        """Return status and reason of a call that has to be refused."""
        with pytest.raises(self.error) as caught:
            call()
        body = caught.value.res.content
        return caught.value.res.status_code, body["error"]["errors"][0]["reason"]
