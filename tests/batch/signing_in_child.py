"""Another process that signs in: `python signing_in_child.py`; JSON on stdin: home, password, app (Sandbox.oauth), base_url."""

from __future__ import annotations

import json
import sys
import urllib.request
from typing import Any

import penstock as ps


def sign_in(vault: Any, app: dict[str, Any], base_url: str, account: str = "me") -> None:
    """Sign in at the sandbox, and allow it as the person would."""
    under_way = vault.begin_sign_in(
        "github",
        account,
        via="loopback",
        client_id=app["client_id"],
        client_secret=ps.Secret(app["client_secret"]),
        base_url=base_url,
        end_points={name: app[name] for name in ("authorize", "token", "device")},
    )
    urllib.request.urlopen(f"{under_way.address}&approve=1", timeout=10).read()
    under_way.wait(30)


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    with ps.Workbench(home=asked["home"], agent=False) as bench:
        bench.vault().unlock(ps.Secret(asked["password"]))
        sign_in(bench.vault(), asked["app"], asked["base_url"])
