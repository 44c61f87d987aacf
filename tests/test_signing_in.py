"""Which way a sign-in can be done where one is, and what the person is told."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from penstock.errors import SignInNeeded, UsageError
from penstock.redact import Secret
from penstock.signing import SigningWay
from penstock.signing_in import SignInUnderWay, choose_via, is_browser_elsewhere


def way(*, browse: bool, device: bool, kind: str = "oauth") -> SigningWay:
    return SigningWay(kind, (), "", "", 0, browse, device)


@pytest.mark.parametrize(
    ("browse", "device", "elsewhere", "via"),
    [
        (True, True, False, "loopback"),
        (True, True, True, "device"),
        (True, False, True, "paste"),
        (True, False, False, "loopback"),
        (False, True, False, "device"),
        (False, True, True, "device"),
    ],
)
def test_what_can_work_here_is_chosen(browse: bool, device: bool, elsewhere: bool, via: str) -> None:
    """A browser here comes back by itself; elsewhere a device's code is typed, or the address is pasted."""
    assert choose_via(way(browse=browse, device=device), None, is_elsewhere=elsewhere) == via


def test_never_a_way_the_service_does_not_offer() -> None:
    """Whatever is asked for, what is chosen is offered; else UsageError lists what is. The app itself needs nobody."""
    for browse, device, elsewhere, via in product(
        (True, False), (True, False), (True, False), (None, "loopback", "device", "paste", "post")
    ):
        offered = {"loopback": browse, "paste": browse, "device": device}
        try:
            chosen = choose_via(way(browse=browse, device=device), via, is_elsewhere=elsewhere)
        except UsageError as exc:
            assert not offered.get(via or "paste"), (browse, device, via)
            assert all((name in (exc.hint or "")) is is_offered for name, is_offered in offered.items())
        else:
            assert offered[chosen] and via in (None, chosen)
        assert (
            choose_via(way(browse=browse, device=device, kind="client"), via, is_elsewhere=elsewhere)
            == "none"
        )


@pytest.mark.parametrize(
    "name", ["JUPYTERHUB_USER", "BINDER_SERVICE_HOST", "SSH_CONNECTION", "KUBERNETES_SERVICE_HOST"]
)
def test_a_hub_and_a_shell_over_the_network_have_their_browser_elsewhere(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of these in the environment says so; an empty one and none (the control) do not."""
    monkeypatch.setattr("pathlib.Path.exists", lambda self: False)
    assert is_browser_elsewhere({name: "x"})
    assert not is_browser_elsewhere({name: ""}) and not is_browser_elsewhere({})


class Scripted:
    """Stand for the keeper: answers what is asked about a sign-in, one state after another."""

    def __init__(self, *states: tuple[str, str]) -> None:
        self.states, self.asked = list(states), []

    def ask(self, op: str, **arguments: Any) -> Any:
        self.asked.append((op, arguments))
        if op == "sign_in_state":
            state, message = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            return {"state": state, "message": message}
        return None


def under_way(keeping: Scripted, via: str = "device", ended: Any = lambda: None) -> SignInUnderWay:
    begun = {
        "id": "7", "via": via, "address": "https://service.example/device", "user_code": "WDJB-MJHT",
        "whole_address": "https://service.example/device?user_code=WDJB-MJHT", "expires_at": 1.0,
    }  # fmt: skip
    return SignInUnderWay(keeping, "github/me", begun, ended)  # type: ignore[arg-type]


def test_it_ends_once() -> None:
    """The end is told once, and nobody is asked about a sign-in that is over."""
    keeping, told = Scripted(("waiting", ""), ("finished", "Signed in.")), []
    begun = under_way(keeping, ended=lambda: told.append(1))
    assert begun.wait(5)
    asked = len(keeping.asked)
    assert begun.state() == ("finished", "Signed in.") and told == [1] and len(keeping.asked) == asked
    begun.cancel()
    assert len(keeping.asked) == asked


def test_a_failure_is_raised_with_the_reason() -> None:
    """wait() raises SignInNeeded with what the service said; without an answer in time it returns False."""
    with pytest.raises(SignInNeeded, match="github/me failed: the app is suspended"):
        under_way(Scripted(("failed", "the app is suspended"))).wait()
    assert under_way(Scripted(("waiting", ""))).wait(0) is False


@pytest.mark.parametrize("via", ["loopback", "device", "paste", "none"])
def test_what_is_said_has_all_the_person_needs(via: str) -> None:
    """The address, a device's code, and that the last address is to be pasted; nothing for an app of its own."""
    said = under_way(Scripted(("waiting", "")), via).say()
    assert ("WDJB-MJHT" in said) is (via != "none") and ("https://service.example/" in said) is (
        via != "none"
    )
    assert ("paste" in said) is (via == "paste") and ("enter the code" in said) is (via == "device")


def test_what_is_pasted_travels_as_a_secret() -> None:
    """The address has a code in it: it is handed over as a Secret, and no text of the sign-in shows it."""
    keeping = Scripted(("waiting", ""))
    begun = under_way(keeping, "paste")
    begun.answer("http://127.0.0.1/?code=canary-code")
    begun.answer(Secret("http://127.0.0.1/?code=canary-code"))
    for _, arguments in keeping.asked:
        assert isinstance(arguments["answer"], Secret)
    assert "canary-code" not in repr(begun) + begun.say() + repr(keeping.asked)
