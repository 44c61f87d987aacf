"""Tests of the sandbox as the process that holds it sees it, and of the program it also is."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from penstock.errors import UnknownName, UsageError
from penstock.sandbox.server import Sandbox
from penstock.sandbox.vendors import NAMES

PATHS = {
    "stripe": "/stripe",
    "shopify": "/shopify/admin/api/2026-10",
    "mailchimp": "/mailchimp/3.0",
    "github": "/github",
    "slack": "/slack/api",
}
FIELDS = {
    "stripe": "secret_key",
    "shopify": "token",
    "mailchimp": "api_key",
    "github": "token",
    "slack": "token",
}


def test_base_urls_have_the_vendors_own_paths(make_box):
    """Each vendor lives under its own prefix with the path of its base URL."""
    box = make_box()
    assert {name: box.base_url(name).removeprefix(f"http://127.0.0.1:{box.port}") for name in PATHS} == PATHS


def test_credentials_are_harmless_and_of_the_vendors_form(make_box):
    """A credential has the field the vendor's first auth scheme names, and looks like the vendor's."""
    box = make_box()
    given = {name: box.credential(name) for name in FIELDS}
    assert {name: list(credential) for name, credential in given.items()} == {
        n: [f] for n, f in FIELDS.items()
    }
    assert given["mailchimp"]["api_key"].endswith("-us21")
    assert given["stripe"]["secret_key"].startswith("sk_test_sandbox")
    assert box.base_parameters("mailchimp") == {"dc": "us21"}
    assert box.base_parameters("shopify") == {"shop": "penstock", "version": "2026-10"}


def test_what_does_not_exist_is_named(make_box):
    """An unknown vendor, key, fault or limit is refused with the nearest names."""
    with pytest.raises(UnknownName, match="stripe"):
        Sandbox(names=["strip"])
    with pytest.raises(UnknownName):
        Sandbox(limits={"strip": 3})
    with pytest.raises(UsageError, match="account"):
        Sandbox(limits={"stripe": {"acount": 3}})
    with pytest.raises(UnknownName, match="drop"):
        Sandbox(faults={"dorp": 0.1})
    box = make_box(names=["stripe"])
    with pytest.raises(UnknownName):
        box.base_url("slack")
    with pytest.raises(UnknownName):
        box.credential("stripe", "third")


def test_it_listens_on_loopback_only_and_stops_when_told(make_box, call):
    """Nothing answers on the port once it is stopped; the log can still be read; it can be started again."""
    box = make_box(names=["stripe"])
    port = box.port
    call(f"http://127.0.0.1:{port}/stripe/v1/balance")
    box.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
    assert len(box.log()) == 1
    with pytest.raises(UsageError):
        _ = box.port
    box.start()
    assert call(f"http://127.0.0.1:{box.port}/stripe/v1/balance").status == 401


def test_a_port_that_is_taken_is_an_error_at_once():
    """start() raises where the port is taken, and leaves no thread behind."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        box = Sandbox(names=["stripe"], port=taken.getsockname()[1])
        with pytest.raises(OSError):
            box.start()
        assert box._thread is None


def test_two_accounts_are_two_worlds_and_two_keys_of_one_are_one(make_box, call):
    """What the default key makes, the spare key sees and the second does not."""
    box = make_box(names=["stripe"])

    def emails(key: str) -> list[str]:
        auth = f"Bearer {box.credential('stripe', key)['secret_key']}"
        return [
            c["email"]
            for c in call(f"{box.base_url('stripe')}/v1/customers", Authorization=auth).json()["data"]
        ]

    auth = f"Bearer {box.credential('stripe')['secret_key']}"
    call(f"{box.base_url('stripe')}/v1/customers", "POST", "email=a@b.co", Authorization=auth)
    assert (emails("default"), emails("spare"), emails("second")) == (["a@b.co"], ["a@b.co"], [])


@pytest.mark.parametrize(
    ("name", "method", "path", "refused"),
    [
        ("stripe", "GET", "/v1/balance", (401, "api_key_expired")),
        ("shopify", "POST", "/graphql.json", (401, "Invalid API key or access token")),
        ("mailchimp", "GET", "/ping", (401, "API Key Invalid")),
        ("openai", "GET", "/models", (401, "invalid_api_key")),
        ("github", "GET", "/user", (401, "Bad credentials")),
        ("slack", "POST", "/auth.test", (200, "token_revoked")),
    ],
)
def test_a_revoked_key_is_refused_until_it_is_restored_and_a_spare_one_is_not(
    make_box, call, name, method, path, refused
):
    """POST /__faults {"revoke": name} refuses the vendor's key in the vendor's words; restore heals it."""
    box = make_box(names=[name])
    faults = f"http://127.0.0.1:{box.port}/__faults"

    def ask(key: str) -> tuple[int, str]:
        value = next(iter(box.credential(name, key).values()))
        auth = (
            {"X-Shopify-Access-Token": value} if name == "shopify" else {"Authorization": f"Bearer {value}"}
        )
        body = json.dumps({"query": "{ shop { id } }"}) if name == "shopify" else None
        answer = call(box.base_url(name) + path, method, body, User_Agent="t", **auth)
        return answer.status, answer.body.decode()

    assert ask("default")[0] == 200
    assert call(faults, "POST", json.dumps({"revoke": name})).json()["revoked"] == [f"{name}/default"]
    status, text = ask("default")
    assert status == refused[0] and refused[1] in text
    status, text = ask("spare")
    assert status == 200 and refused[1] not in text
    call(faults, "POST", json.dumps({"restore": name}))
    assert ask("default")[0] == 200


def test_faults_over_http_are_checked(make_box, call):
    """A wrong setting is a 400 that says what is wrong; the right one is answered with what is in force."""
    box = make_box(names=["stripe"])
    url = f"http://127.0.0.1:{box.port}/__faults"
    assert "dorp" in call(url, "POST", '{"dorp": 1}').json()["error"]
    assert call(url, "POST", "not json").status == 400
    assert call(url, "POST", '{"500": 0.5}').json()["500"] == 0.5
    assert call(url).json() == box.faults()
    assert call(f"http://127.0.0.1:{box.port}/__nothing").status == 404
    assert call(f"http://127.0.0.1:{box.port}/nobody/x").status == 404


def test_head_has_the_headers_and_no_body_and_the_connection_goes_on(make_box, call):
    """HEAD answers as GET would, without the body, and the connection can be used again."""
    box = make_box(names=["github"])
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=5)
    headers = {"User-Agent": "t"}
    connection.request("GET", "/github/repos/sandbox-org/demo", headers=headers)
    whole = connection.getresponse().read()
    connection.request("HEAD", "/github/repos/sandbox-org/demo", headers=headers)
    answer = connection.getresponse()
    assert answer.read() == b""
    assert int(answer.headers["Content-Length"]) == len(whole)
    connection.request("GET", "/github/repos/sandbox-org/demo", headers=headers)
    assert connection.getresponse().read() == whole
    connection.close()


def test_large_bodies_and_odd_text_arrive_whole(make_box, call):
    """Ten megabytes and text from anywhere in Unicode come back as they were sent."""
    box = make_box(names=["github"])
    auth = {"Authorization": f"Bearer {box.credential('github')['token']}", "User_Agent": "t"}
    body = "\u202eZoë 🎉 \u0000 " + "x" * 10_000_000
    url = f"{box.base_url('github')}/repos/sandbox-org/demo/issues"
    answer = call(url, "POST", json.dumps({"title": "t", "body": body}), **auth)
    assert answer.json()["body"] == body


def test_the_program_says_where_it_is_and_stops_on_a_signal():
    """`python -m penstock.sandbox --json` prints one line, serves, and ends with 0 on SIGTERM."""
    arguments = [
        sys.executable,
        "-m",
        "penstock.sandbox",
        "--json",
        "--no-limits",
        "--seed",
        "3",
        "--faults",
        '{"500": 0.0}',
    ]
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    try:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        assert sorted(said) == sorted(NAMES)
        assert set(said["stripe"]) == {"base_url", "credential", "base_parameters"}
        request = urllib.request.Request(f"{said['stripe']['base_url']}/v1/balance")
        request.add_header("Authorization", f"Bearer {said['stripe']['credential']['secret_key']}")
        with urllib.request.urlopen(request, timeout=5) as answer:
            assert json.load(answer)["object"] == "balance"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stderr is not None and process.stderr.read() == ""
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_the_program_refuses_what_cannot_be():
    """A fault that does not exist is said on stderr, with exit code 2."""
    arguments = [sys.executable, "-m", "penstock.sandbox", "--json", "--faults", '{"dorp": 1}']
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=30, env=dict(os.environ), check=False
    )
    assert done.returncode == 2
    assert done.stdout == "" and "dorp" in done.stderr


def test_importing_the_sandbox_imports_no_server():
    """`import penstock.sandbox` loads neither tornado nor graphql: they come when a sandbox starts or is asked."""
    code = "import sys, penstock.sandbox.server; print([m for m in ('tornado', 'graphql', 'pandas') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == "[]"
