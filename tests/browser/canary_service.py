"""A service that says everything it was told back, the credential above all, and signs people in; on 127.0.0.1.

A call says itself how it is to be answered: "answer-400" in its path, query or body. What it gives out (codes, tokens)
are canaries, kept in `given`.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote_plus, urlsplit

from canaries import new_canary

SLOW_S = 1.5


class CanaryService(ThreadingHTTPServer):
    """Listen on a free port. given: the canaries that were given out; heard: all it was told, in clear."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.given: dict[str, str] = {}
        self.heard: list[str] = []
        self.failed: set[str] = set()
        self.is_refusing = False
        self.is_closing = threading.Event()

    def has_heard(self, canary: str) -> bool:
        """Say whether a secret came here, so that it was truly in use."""
        return any(canary in told for told in self.heard)

    def give(self, kind: str) -> str:
        """Return a new canary, and keep it."""
        name = f"{kind} {sum(name.startswith(kind) for name in self.given) + 1}"
        self.given[name] = new_canary()
        return self.given[name]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that hangs up is what is wanted here."""


@contextmanager
def serve() -> Iterator[CanaryService]:
    """Give a service that runs."""
    service = CanaryService()
    thread = threading.Thread(target=service.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.is_closing.set()
        service.shutdown()
        service.server_close()
        thread.join()


class Answering(BaseHTTPRequestHandler):
    """Answer one request after another."""

    protocol_version = "HTTP/1.1"
    server: CanaryService

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing down."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.server.heard.append(self._echo(body))
        path = urlsplit(self.path).path
        if path == "/oauth/authorize":
            self._authorize()
        elif path == "/oauth/token":
            self._token(body)
        elif path == "/refuse":  # from now on no grant is good
            self.server.is_refusing = True
            self._answer(200, "{}")
        else:
            self._call(unquote_plus(f"{self.path} {body}"), body)

    do_POST = do_PUT = do_DELETE = do_GET

    def _echo(self, body: str) -> str:
        """Return everything the credential may stand in, as it came and as it is meant."""
        signed = self.headers.get("Authorization", "")
        said = [signed, unquote_plus(self.path), self.path, unquote_plus(body)]
        if signed.startswith("Basic "):
            said.append(base64.b64decode(signed[6:]).decode())
        return " | ".join(said)

    def _call(self, said: str, body: str) -> None:
        asked = re.search(r"answer-(\w+)", said)
        way = asked[1] if asked else "fine"
        echo = self._echo(body)
        if way == "again":  # refused once, then fine
            way = "fine" if said in self.server.failed else "503"
            self.server.failed.add(said)
        if way == "slow":
            self.server.is_closing.wait(SLOW_S)
            way = "fine"
        if way == "drop":
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(2)
        elif way == "redirect":
            self._answer(307, "", Location=f"/elsewhere?answer-drop=1&echo={quote(echo, safe='')}")
        elif way == "html":
            self._answer(200, f"<html>Who are you? {echo}</html>", content_type="text/html")
        elif way == "cut":
            self._answer(200, json.dumps({"id": "cus_1", "said": echo})[:-2])
        elif way == "fine":
            self._answer(200, json.dumps({"id": "cus_1", "ok": True, "result": {"id": 1}}))
        else:
            error = {"message": f"Not so: {echo}", "code": echo, "param": echo, "type": "card_error"}
            told = {"error": error, "message": echo, "description": echo, "code": 21211, "errors": [error]}
            self._answer(int(way), json.dumps(told), **{"X-Said": echo.encode("ascii", "replace").decode()})

    def _authorize(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        code = quote(self.server.give("code"), safe="")
        self._answer(302, "", Location=f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    def _token(self, body: str) -> None:
        if self.server.is_refusing:
            echo = f"{unquote_plus(body)} {self._echo(body)}"
            self._answer(400, json.dumps({"error": "invalid_grant", "error_description": echo}))
            return
        grant = {
            "access_token": self.server.give("access token"),
            "refresh_token": self.server.give("refresh token"),
            "token_type": "bearer",
            "expires_in": 3600,
        }
        self._answer(200, json.dumps(grant))

    def _answer(
        self, status: int, text: str, *, content_type: str = "application/json", **fields: str
    ) -> None:
        raw = text.encode()
        with suppress(OSError):
            self.send_response(status)
            for name, value in {
                "Content-Type": content_type,
                "Content-Length": str(len(raw)),
                **fields,
            }.items():
                self.send_header(name, value.replace("\n", " "))
            self.end_headers()
            self.wfile.write(raw)
