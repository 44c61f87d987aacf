"""What is said to one request, decided without I/O: control end points, faults, the vendor, the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.clock import Clock
from penstock.errors import PenstockError, UsageError
from penstock.sandbox.faults import Faults
from penstock.sandbox.log import Log
from penstock.sandbox.oauth.asking import describe_request
from penstock.sandbox.oauth.desk import PREFIX, Desk, Desks
from penstock.sandbox.vendors import Vendor, Vendors
from penstock.sandbox.wire import Answer, Incoming, Json, html_answer, json_answer, parse_pairs

logger = logging.getLogger("penstock.sandbox")
OAUTH = "oauth"  # in the place of a key's name: all that a vendor's sign-ins gave


@dataclass(frozen=True, slots=True)
class Reply:
    """Tell the edge to send `answer` after `delay_s`, or to cut; `answer.release` is called afterwards."""

    answer: Answer
    delay_s: float = 0.0
    is_cut: bool = False


class Exchange:
    """Hold the vendors, the faults and the log, and decide each reply. `seed` starts the chance behind tokens."""

    def __init__(self, vendors: Vendors, faults: Faults, log: Log, clock: Clock, seed: int = 0) -> None:
        self.vendors, self.faults, self.log = vendors, faults, log
        self.desks = Desks(vendors, clock, seed, faults.find_trouble)
        self._clock = clock

    def reply(self, method: str, target: str, headers: Mapping[str, str], body: bytes, host: str) -> Reply:
        """Return the reply to a request. `target` is the path and query as they stood in the request line."""
        path, _, query = target.partition("?")
        if path.startswith("/__") or path == "/":
            return Reply(self._control(method, path, query, body, host))
        name, _, below = path[1:].partition("/")
        vendor = self.vendors.get(name)
        if vendor is None:
            known = ", ".join(f"/{known}" for known in self.vendors)
            return Reply(json_answer(404, {"error": f"No vendor lives under /{name}; there are: {known}."}))
        fault = self.faults.choose(name, method, path, query, body)
        request = Incoming(
            at=self._clock.wall(),
            vendor=name,
            method="GET" if method == "HEAD" else method,
            path=f"/{below}",
            query=query,
            headers=headers,
            body=body,
            base=f"http://{host}/{name}",
            fault=fault,
        )
        desk = self.desks.find(name) if request.path.startswith(f"{PREFIX}/") else None
        is_for_token = desk is not None and request.path.endswith("/token")
        entry = self.log.begin(request, path, describe_request(request) if is_for_token else None)
        reply = self._decide(desk or vendor, request)
        answer = reply.answer
        entry.effects, entry.account = answer.effects, answer.account
        entry.idempotency_key = entry.idempotency_key or answer.idempotency_key
        entry.status = None if reply.is_cut else answer.status
        return reply

    def _decide(self, vendor: Vendor | Desk, request: Incoming) -> Reply:
        fault = request.fault
        if fault == "drop":
            return Reply(Answer(0), is_cut=True)
        if fault == "429":
            return Reply(vendor.throttled(request))
        if fault == "500" or (fault == "500_stored" and not vendor.has_stored_failures):
            return Reply(vendor.failed(request))
        if fault == "html":
            return Reply(html_answer(200, "Sign in", "Please sign in to the network to continue."))
        try:
            answer = vendor.answer(request)
        except Exception:
            logger.exception("the sandbox itself failed on %s %s", request.method, request.path)
            return Reply(json_answer(500, {"error": "The sandbox itself failed; its log has the traceback."}))
        if fault == "drop_after_effect":
            return Reply(answer, is_cut=True)
        if fault == "500_after_effect" and answer.status < 500:
            return Reply(_instead(answer, vendor.failed(request)))
        if fault == "502_after_effect":
            return Reply(
                _instead(answer, html_answer(502, "502 Bad Gateway", "The server gave no answer in time."))
            )
        if fault == "truncated":
            answer.body = answer.body[: len(answer.body) // 2]
        return Reply(answer, vendor.service_s + (self.faults.slow_s if fault == "slow" else 0.0))

    def change(self, settings: Mapping[str, Any]) -> None:
        """Set faults, and revoke or restore keys: {"revoke": "stripe"} or "stripe/spare", or a list of them.

        "stripe/oauth" is all that sign-ins gave; that cannot be restored.
        Raises UsageError, and then has changed nothing.
        """
        if not isinstance(settings, Mapping):
            raise UsageError("Faults are a mapping.", hint='For example {"500": 0.02}.')
        revoked = self._named(settings.get("revoke"), can_be_oauth=True)
        restored = self._named(settings.get("restore"))
        others = {name: value for name, value in settings.items() if name not in ("revoke", "restore")}
        if others or not (revoked or restored):
            self.faults.change(others)
        for vendor, key in revoked:
            desk = self.desks.find(vendor.name) if key == OAUTH else None
            if desk is not None:
                desk.end_all()
            else:
                vendor.keys.revoke(key)
        for vendor, key in restored:
            vendor.keys.restore(key)

    def _named(self, value: Any, *, can_be_oauth: bool = False) -> list[tuple[Vendor, str]]:
        texts = [value] if isinstance(value, str) else list(value or ())
        named: list[tuple[Vendor, str]] = []
        for text in texts:
            name, _, key = str(text).partition("/")
            if name not in self.vendors:
                raise UsageError(
                    f"The sandbox has no vendor {name!r}.", hint=f"There are: {', '.join(self.vendors)}."
                )
            if not (can_be_oauth and key == OAUTH and self.desks.find(name) is not None):
                self.vendors[name].keys.text(key or "default")
            named.append((self.vendors[name], key or "default"))
        return named

    def _control(self, method: str, path: str, query: str, body: bytes, host: str) -> Answer:
        try:
            match method, path:
                case "GET", "/":
                    return json_answer(
                        200, {name: f"http://{host}/{name}{v.base_path}" for name, v in self.vendors.items()}
                    )
                case "GET", "/__log":
                    asked = dict(parse_pairs(query))
                    since = int(asked.get("since") or 0)
                    return json_answer(
                        200, self.log.read(since, has_effect=asked.get("effects") in ("1", "true"))
                    )
                case "POST", "/__log/clear":
                    self.log.clear()
                    return json_answer(200, {"ok": True})
                case "GET", "/__faults":
                    return json_answer(200, self.describe())
                case "POST", "/__faults":
                    self.change(json.loads(body or b"{}"))
                    return json_answer(200, self.describe())
        except PenstockError as exc:
            return json_answer(400, {"error": str(exc)})
        except (ValueError, TypeError) as exc:
            return json_answer(400, {"error": f"That cannot be read: {exc}"})
        return json_answer(
            404, {"error": "There are: GET /__log, POST /__log/clear, GET and POST /__faults."}
        )

    def describe(self) -> Json:
        """Return the faults in force and the keys revoked."""
        revoked = [
            f"{name}/{key}" for name, vendor in self.vendors.opened().items() for key in vendor.keys.revoked
        ]
        return {**self.faults.describe(), "revoked": revoked}


def _instead(lost: Answer, sent: Answer) -> Answer:
    """Return what is sent in place of an answer that was lost on the way, with the effects that stay."""
    sent.effects, sent.account, sent.release = lost.effects, lost.account, lost.release
    sent.idempotency_key = lost.idempotency_key
    return sent
