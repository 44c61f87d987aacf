"""Any API: `connect` with a description, against a service that nobody here has heard of."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from penstock.errors import AccountNeeded, NotFound, SignInNeeded, UnknownName, UsageError
from penstock.redact import Secret
from penstock.workbench import Workbench

KEY = {"api_key": Secret("duck-key")}
PAGE = [
    {"name": "page", "in": "query", "schema": {"type": "integer"}},
    {"name": "per_page", "in": "query", "schema": {"type": "integer", "maximum": 10}},
]
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Duck Pond", "version": "7"},
    "components": {
        "securitySchemes": {"ApiKey": {"type": "apiKey", "in": "header", "name": "X-Duck"}},
        "schemas": {
            "Duck": {
                "type": "object", "required": ["name"],
                "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
            },
            "Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}]},
        },
    },
    "security": [{"ApiKey": []}],
    "paths": {
        "/me": {"get": {"operationId": "getMe", "tags": ["account"]}},
        "/ducks": {
            "get": {
                "operationId": "listDucks", "tags": ["ducks"], "parameters": PAGE,
                "responses": {"200": {"content": {"application/json": {"schema": {
                    "type": "object", "properties": {"data": {"type": "array", "items": {}}}}}}}},
            },
            "post": {
                "operationId": "createDuck", "tags": ["ducks"],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "$ref": "#/components/schemas/Duck"}}}},
            },
        },
        "/ducks/{duckId}": {"get": {"operationId": "getDuck", "tags": ["ducks"]}},
        "/elsewhere": {"get": {"operationId": "evil", "servers": [{"url": "https://evil.example"}]}},
        "/odd": {"post": {"operationId": "odd", "requestBody": {"content": {"application/json": {"schema": {
            "$ref": "http://127.0.0.1:9/remote.json#/x"}}}}}},
        "/loop": {"post": {"operationId": "loop", "requestBody": {"content": {"application/json": {"schema": {
            "$ref": "#/components/schemas/Loop"}}}}}},
        "/slow": {"get": {"operationId": "slow", "parameters": [{"name": "q", "in": "query", "schema": {
            "type": "string", "pattern": "^(a+)+$"}}]}},
    },
}  # fmt: skip


class Pond(BaseHTTPRequestHandler):
    """A small service with keys, pages and a limit it tells of."""

    ducks: ClassVar[list[dict[str, Any]]] = []
    asked: ClassVar[list[str]] = []
    left: ClassVar[list[int]] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        Pond.asked.append(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/moved":
            self.answer(302, {}, Location="/openapi.json")
        elif parts.path == "/openapi.json":
            self.answer(200, DOCUMENT)
        elif parts.path == "/page":
            self.answer(200, "<html>hello</html>")
        elif self.headers.get("X-Duck") != "duck-key":
            self.answer(401, {"error": {"message": "no key", "code": "nokey"}})
        elif parts.path == "/me":
            self.answer(200, {"id": "me"})
        elif parts.path == "/ducks":
            size, page = int(query["per_page"]), int(query.get("page", 1))
            self.answer(200, {"data": Pond.ducks[(page - 1) * size : page * size]})
        else:
            self.answer(404, {"error": {"message": "no such duck", "code": "noduck"}})

    def do_POST(self) -> None:
        Pond.asked.append(self.path)
        duck = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Pond.ducks.append({"id": len(Pond.ducks) + 1, **duck})
        self.answer(201, Pond.ducks[-1])

    def answer(self, status: int, value: Any, **headers: str) -> None:
        body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        if Pond.left:
            self.send_header("X-RateLimit-Limit", "100")
            self.send_header("X-RateLimit-Remaining", str(Pond.left.pop()))
            self.send_header("X-RateLimit-Reset", "3000")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def pond() -> Iterator[str]:
    """Give the address of a pond of its own."""
    Pond.ducks, Pond.asked, Pond.left = [], [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pond)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_all_it_takes(pond: str, workbench: Workbench) -> None:
    """From the address of a description: operations, sign-in, creating, all pages as a frame, errors, health."""
    api = workbench.connect(f"{pond}/moved", credential=KEY)
    assert api.name == "duck_pond" and api.integration.checked == "7"
    assert api.ducks.create(name="Ada", age=3)["id"] == 1
    for number in range(24):
        api.ducks.create(name=f"Duck {number}")
    frame = api.ducks.list.frame()
    assert len(frame) == 25 and list(frame["id"]) == list(range(1, 26))
    assert sum("/ducks?" in path for path in Pond.asked) == 3, "the largest page the description allows"
    with pytest.raises(NotFound, match="no such duck"):
        api.ducks.get("7")
    assert api.health().data == {"id": "me"}
    assert "pages" in (api.ducks.list.__doc__ or "")


def test_a_batch_takes_any_api(pond: str, workbench: Workbench) -> None:
    """Rows go to a described operation as to any other, through the ledger."""
    api = workbench.connect(f"{pond}/openapi.json", credential=KEY)
    rows = [{"key": f"k{number}", "name": f"Duck {number}"} for number in range(30)]
    run = workbench.batch(api.ducks.create, rows, key="key", name="ducks", parameters={"name": "name"})
    assert run.frame()["status"].eq("done").all()
    assert sorted(duck["name"] for duck in Pond.ducks) == sorted(row["name"] for row in rows)


def test_what_the_answers_say_of_limits_is_kept_to(pond: str, workbench: Workbench) -> None:
    """Nothing is declared; once an answer says that nothing is left, the limits show it, and the next call waits."""
    api = workbench.connect(f"{pond}/openapi.json", credential=KEY)
    Pond.left = [0, 55]
    api.health()
    assert float(api.limits["available"].min()) <= 55
    api.health()
    assert float(api.limits["available"].min()) < 1


def test_parameters_are_checked_before_anything_is_sent(pond: str, workbench: Workbench) -> None:
    """A parameter that is missing, and an operation that is not there, are refused with what is near."""
    api = workbench.connect(DOCUMENT, base_url=pond, credential=KEY)
    with pytest.raises(UsageError, match="needs name"):
        api.ducks.create(age=3)
    with pytest.raises(UnknownName, match="create"):
        api.ducks.creat(name="Ada")
    assert Pond.asked == []


def test_a_wrong_key_is_told_as_everywhere(pond: str, workbench: Workbench) -> None:
    """A 401 becomes SignInNeeded with the service's words; without a credential nothing is begun."""
    with pytest.raises(SignInNeeded, match="no key"):
        workbench.connect(DOCUMENT, base_url=pond, credential={"api_key": Secret("wrong")}).ducks.list.frame()
    with pytest.raises(AccountNeeded):
        workbench.connect(DOCUMENT, base_url=pond)


def test_a_service_without_keys_needs_none(pond: str, workbench: Workbench) -> None:
    """A description without security schemes connects without a credential."""
    bare = {**DOCUMENT, "components": {"schemas": DOCUMENT["components"]["schemas"]}, "security": []}
    assert workbench.connect(bare, base_url=pond).ducks.create(name="Ada")["id"] == 1


def test_nothing_a_hostile_description_says_is_followed(pond: str, workbench: Workbench) -> None:
    """Another host gets no call, a remote reference no request, a circle no end, a pattern no match."""
    api = workbench.connect(DOCUMENT, base_url=pond, credential=KEY)
    names = list(api.operations["id"])
    assert not any("evil" in name or "elsewhere" in name for name in names)
    assert len(names) == 7
    assert (
        api["slow.list" if "slow.list" in names else next(n for n in names if "slow" in n)]
        .operation.parameters[0]
        .name
        == "q"
    )
    assert Pond.asked == []


@pytest.mark.parametrize("path", ["page", "nothing"])
def test_an_address_without_a_description_is_said(pond: str, workbench: Workbench, path: str) -> None:
    """A page of something else, and an address with nothing, are refused in words."""
    with pytest.raises(UsageError, match=r"description|OpenAPI|answered 401"):
        workbench.connect(f"{pond}/{path}", credential=KEY)


def test_a_file_and_its_address(pond: str, workbench: Workbench, tmp_path: Path) -> None:
    """YAML in a file works; a description that does not say where the service is asks for it."""
    yaml = pytest.importorskip("yaml")
    path = tmp_path / "duck.yaml"
    path.write_text(yaml.safe_dump(DOCUMENT))
    assert workbench.connect(path, base_url=pond, credential=KEY).ducks.create(name="Ada")["id"] == 1
    with pytest.raises(UsageError, match="does not say where") as caught:
        workbench.connect(str(path), credential=KEY)
    assert "base_url" in str(caught.value.hint)


def test_the_sandbox_plays_no_description(workbench: Workbench) -> None:
    """sandbox=True with a description is refused; a plain http address on another machine too."""
    with pytest.raises(UsageError, match="sandbox"):
        workbench.connect(DOCUMENT, base_url="http://127.0.0.1:9", sandbox=True)
    with pytest.raises(UsageError, match="unencrypted"):
        workbench.connect(DOCUMENT, base_url="http://api.example.com", credential=KEY)


def test_a_described_stripe_is_not_ours(workbench: Workbench) -> None:
    """A description with the title of an integration gets another name: ours has limits and a catalogue of its own."""
    document = {**DOCUMENT, "info": {"title": "Stripe", "version": "1"}}
    api = workbench.connect(document, base_url="http://127.0.0.1:9", credential=KEY)
    assert api.name == "stripe_api" and len(api.operations) == 7
