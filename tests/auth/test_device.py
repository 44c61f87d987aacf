"""A sign-in on another device: what its start says, and what the next poll does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from penstock.auth.device import DeviceSignIn, PollAgain, decide_poll, parse_device_answer
from penstock.auth.tokens import NO_ANSWER, UNREADABLE, Grant, Refusal
from penstock.clock import utc
from penstock.model import Headers, Response
from penstock.redact import Secret

WALL = 1_800_000_000.0
STARTED = {
    "device_code": "dc-canary-1",
    "user_code": "WDJB-MJHT",
    "verification_uri": "https://service.example/device",
    "expires_in": 900,
}


def start(status: int = 200, **changed: Any) -> DeviceSignIn | Refusal:
    body = {name: value for name, value in {**STARTED, **changed}.items() if value is not None}
    return parse_device_answer(Response(status, Headers({}), json.dumps(body).encode()), wall=WALL)


def begun(**changed: Any) -> DeviceSignIn:
    device = start(**changed)
    assert isinstance(device, DeviceSignIn)
    return device


def test_the_start_says_where_to_go_and_what_to_type() -> None:
    """Address, code, interval and expiry are the answer's; the device code is not shown."""
    whole = "https://service.example/device?user_code=WDJB-MJHT"
    device = begun(verification_uri_complete=whole, interval="7")
    assert (device.user_code, device.address, device.whole_address) == (
        "WDJB-MJHT",
        STARTED["verification_uri"],
        whole,
    )
    assert device.interval_s == 7.0 and device.expires_at == WALL + 900
    assert device.device_code.reveal() == "dc-canary-1" and "canary" not in repr(device)


def test_what_the_start_leaves_out_has_its_usual_value() -> None:
    """Five seconds between polls, ten minutes in all; Google's older name of the address is known."""
    device = begun(expires_in=None, verification_uri=None, verification_url="https://service.example/old")
    assert (device.interval_s, device.expires_at) == (5.0, WALL + 600)
    assert device.address == "https://service.example/old" and device.whole_address is None
    assert begun(interval=10**400).interval_s == 60.0 and begun(interval=-1).interval_s == 5.0


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "javascript://x.example/%0aalert(1)",
        "data:text/html,x",
        "https://",
        "https://a b",
        "file:///etc",
        5,
        "http://[::1",
    ],
)
def test_only_an_address_that_cannot_run_is_shown(link: object) -> None:
    """A verification address that is no http(s) address makes the start unreadable; a bad whole one is left out."""
    refusal = start(verification_uri=link)
    assert isinstance(refusal, Refusal) and refusal.code == UNREADABLE
    assert begun(verification_uri_complete=link).whole_address is None


@pytest.mark.parametrize("gone", ["device_code", "user_code", "verification_uri"])
def test_a_start_that_lacks_something_is_unreadable(gone: str) -> None:
    """Each of the three is needed."""
    without: dict[str, Any] = {gone: None}
    refusal = start(**without)
    assert isinstance(refusal, Refusal) and refusal.code == UNREADABLE


def test_a_refused_start_says_why() -> None:
    """An error answer keeps the service's code."""
    refusal = start(400, error="unauthorized_client")
    assert isinstance(refusal, Refusal) and refusal.code == "unauthorized_client"


def test_the_next_poll_is_the_rfcs() -> None:
    """Pending keeps the interval, slow_down adds five seconds for good, trouble doubles it, all else ends the sign-in."""
    device = begun()
    grant = Grant(Secret("at"), None, utc(WALL))
    denied = Refusal("access_denied", status=400)
    table: list[tuple[Grant | Refusal, float, Grant | PollAgain | Refusal]] = [
        (grant, 5.0, grant),
        (Refusal("authorization_pending", status=400), 5.0, PollAgain(5.0)),
        (Refusal("authorization_pending", status=400), 15.0, PollAgain(15.0)),
        (Refusal("slow_down", status=400), 5.0, PollAgain(10.0)),
        (Refusal("slow_down", status=400, interval_s=20.0), 5.0, PollAgain(20.0)),
        (Refusal(NO_ANSWER), 5.0, PollAgain(10.0)),
        (Refusal("http_503", status=503), 40.0, PollAgain(60.0)),
        (Refusal("http_429", status=429, retry_after_s=90.0), 5.0, PollAgain(90.0)),
        (denied, 5.0, denied),
    ]
    for answer, interval_s, expected in table:
        assert decide_poll(answer, device, interval_s, wall=WALL) == expected


def test_no_poll_comes_after_the_code_has_expired() -> None:
    """A next poll that would come too late ends the sign-in as expired; a grant counts even then."""
    device = begun()
    pending = Refusal("authorization_pending", status=400)
    assert decide_poll(pending, device, 5.0, wall=WALL + 894) == PollAgain(5.0)
    ended = decide_poll(pending, device, 5.0, wall=WALL + 895)
    assert isinstance(ended, Refusal) and ended.code == "expired_token"
    assert "not finished in time" in str(ended.to_error())
    grant = Grant(Secret("at"), None, utc(WALL))
    assert decide_poll(grant, device, 5.0, wall=WALL + 2000) is grant
