"""Health of a credential: all six words, by a call to the sandbox, and what each says is to be done."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from oauth_person import send
from workbench_vaults import keep, open_bench

import penstock as ps
from penstock.auth.accounts import Account, Health
from penstock.checking import EXPIRING_S, judge
from penstock.errors import ConnectFailed, PermissionMissing, ServerFailed, SignInNeeded, Throttled
from penstock.events import CredentialChecked
from penstock.redact import Secret
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock

DAY_S = 86_400.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def box(clock: FakeClock) -> Iterator[Sandbox]:
    with Sandbox(names=["stripe", "github", "sendgrid"], limits=False, clock=clock) as server:
        yield server


@pytest.fixture
def bench(tmp_path: Path, clock: FakeClock) -> Iterator[ps.Workbench]:
    with open_bench(tmp_path, clock=clock) as bench:
        yield bench


def look(bench: ps.Workbench, name: str, account: str) -> Health:
    """Check one account, and hold the health, the event and the account's standing against each other."""
    said: list[CredentialChecked] = []
    unsubscribe = bench.bus.subscribe(CredentialChecked, said.append)
    health = bench.vault().check_one(name, account)
    unsubscribe()
    (event,) = said
    assert (event.integration, event.account, event.health) == (name, account, health.state)
    known = bench.vault().get(name, account)
    assert (known.health, known.fix, known.checked_at) == (health.state, health.fix, health.checked_at)
    return health


def sign_in(bench: ps.Workbench, box: Sandbox, scheme: int, account: str = "me") -> None:
    played = box.oauth("github", scheme)
    begun = bench.vault().begin_sign_in(
        "github", account, via="paste", scheme=scheme,
        client_id=str(played["client_id"]), client_secret=Secret(str(played["client_secret"])),
        base_url=box.base_url("github"), end_points={"authorize": played["authorize"], "token": played["token"]},
    )  # fmt: skip
    begun.answer(str(send("GET", f"{begun.address}&approve=1").headers["location"]))
    assert begun.wait(30)


def is_one_call(fix: str, account: str) -> bool:
    """Say whether a fix ends in one call to type, naming the account."""
    return (
        re.fullmatch(r"[^:]+: (ps\.sign_in|ps\.vault\(\)\.add)\(.*'" + account + r"'.*\)\.", fix) is not None
    )


# ---- through the sandbox -----------------------------------------------------------------------------------------


def test_a_key_that_is_taken_is_healthy(bench: ps.Workbench, box: Sandbox) -> None:
    """Nothing is to be done, and the service was asked once, by the health operation."""
    keep(bench, box, "github", "acme")
    assert look(bench, "github", "acme") == Health("healthy", "", bench._clock.wall())
    assert len(box.log()) == 1


def test_a_revoked_key_is_revoked_and_a_new_one_is_asked_for(bench: ps.Workbench, box: Sandbox) -> None:
    """The fix is the call that puts a new key in; put in, the old finding is forgotten and the next is healthy."""
    keep(bench, box, "github", "acme")
    keep(bench, box, "github", "spare", "spare")
    box.set_faults({"revoke": "github/spare"})
    health = look(bench, "github", "spare")
    assert health.state == "revoked" and is_one_call(health.fix, "spare") and "replace=True" in health.fix
    assert look(bench, "github", "acme").state == "healthy"  # the control
    new = {name: Secret(text) for name, text in box.credential("github").items()}
    bench.vault().add("github", "spare", replace=True, base_url=box.base_url("github"), **new)
    assert bench.vault().get("github", "spare").health is None
    assert look(bench, "github", "spare").state == "healthy"


def test_a_grant_that_was_withdrawn_is_revoked(bench: ps.Workbench, box: Sandbox) -> None:
    """All a sign-in gave is taken back at the service: revoked, and the fix is the sign-in."""
    sign_in(bench, box, 2)
    assert look(bench, "github", "me").state == "healthy"
    box.set_faults({"revoke": "github/oauth"})
    health = look(bench, "github", "me")
    assert health.state == "revoked" and is_one_call(health.fix, "me") and "ps.sign_in('github'" in health.fix


def test_a_token_whose_time_is_over_is_expired(bench: ps.Workbench, box: Sandbox, clock: FakeClock) -> None:
    """Over, and no refresh to be had: expired, not revoked; a second before it is healthy or expiring."""
    box.set_faults({"oauth": {"github": {"lifetime_s": 30}}})
    sign_in(bench, box, 1)
    clock.move(29)
    assert look(bench, "github", "me").state == "expiring"
    clock.move(2)
    health = look(bench, "github", "me")
    assert health.state == "expired" and is_one_call(health.fix, "me")


@pytest.mark.parametrize(("days", "state"), [(8.0, "healthy"), (6.9, "expiring")])
def test_a_token_that_ends_within_a_week_by_itself_is_expiring(
    bench: ps.Workbench, box: Sandbox, days: float, state: str
) -> None:
    """What nobody renews is said a week before, with the date and the sign-in; earlier it is healthy."""
    box.set_faults({"oauth": {"github": {"lifetime_s": days * DAY_S}}})
    sign_in(bench, box, 1)
    health = look(bench, "github", "me")
    assert health.state == state
    if state == "expiring":
        assert health.fix.startswith("It ends 2027-") and "ps.sign_in('github', account='me')" in health.fix


def test_what_the_check_itself_renewed_is_healthy(
    bench: ps.Workbench, box: Sandbox, clock: FakeClock
) -> None:
    """Two days before the refresh token ends the check gets a new pair: it is judged by that one, not by the old."""
    sign_in(bench, box, 2)
    ends_at = bench.vault().get("github", "me").refresh_expires_at
    assert ends_at is not None
    clock.move(ends_at - clock.wall() - 2 * DAY_S)
    assert look(bench, "github", "me").state == "healthy"
    renewed = bench.vault().get("github", "me").refresh_expires_at
    assert renewed is not None and renewed > ends_at
    assert judge(
        Account("github", "me", "oauth", can_refresh=True, refresh_expires_at=ends_at), None, clock.wall()
    ).state == ("expiring")  # the control: the old one would have been


def test_an_account_without_the_permission_lacks_a_scope(bench: ps.Workbench, box: Sandbox) -> None:
    """A 403 of the health operation is scope_missing; the fix says what the service said."""
    stripe = bench.registry.get("stripe")
    keep(bench, box, "stripe", "acme")
    bench.register(replace(stripe, classify=lambda response: 403))
    health = look(bench, "stripe", "acme")
    assert health.state == "scope_missing" and "stripe/acme" in health.fix and "permission" in health.fix


@pytest.mark.parametrize("fault", ["500", "drop", "html", "429"])
def test_a_service_that_fails_says_nothing_about_the_credential(
    bench: ps.Workbench, box: Sandbox, fault: str
) -> None:
    """Errors, silence, a page and a throttle are offline, after one try; the fix says what came."""
    keep(bench, box, "stripe", "acme")
    box.set_faults({"stripe": {fault: 1.0}})
    health = bench.vault().check_one("stripe", "acme")
    assert health.state == "offline" and health.fix.endswith((".", ")"))
    assert len(box.log()) == 1


def test_a_server_that_is_down_or_another_one_is_offline(bench: ps.Workbench, box: Sandbox) -> None:
    """Nobody at the address, and an address that is none of the service's: offline, never revoked."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for account, address in (
        ("down", f"http://127.0.0.1:{port}"),
        ("wrong", box.base_url("stripe") + "/nowhere"),
    ):
        key = {name: Secret(text) for name, text in box.credential("stripe").items()}
        bench.vault().add("stripe", account, base_url=address, **key)
        health = look(bench, "stripe", account)
        assert health.state == "offline" and health.fix, account


def test_checking_all_is_a_frame_of_all(bench: ps.Workbench, box: Sandbox) -> None:
    """check() has a row for every account of every integration, one that fails stops no other; nothing counts as used."""
    keep(bench, box, "stripe", "acme")
    keep(bench, box, "stripe", "spare", "spare")
    keep(bench, box, "sendgrid", "mail")
    box.set_faults({"revoke": "stripe/spare"})
    frame = bench.vault().check()
    found = {f"{row.integration}/{row.account}": row.health for row in frame.itertuples()}
    assert found == {"stripe/acme": "healthy", "stripe/spare": "revoked", "sendgrid/mail": "healthy"}
    assert list(bench.vault().check("stripe")["account"]) == ["acme", "spare"]
    assert {one.last_used_at for one in bench.vault().list_accounts()} == {None}


def test_a_check_of_an_integration_that_is_gone_is_offline(bench: ps.Workbench, tmp_path: Path) -> None:
    """An account whose integration this process does not know is found offline with the reason, and stops no other."""
    stripe = bench.registry.get("stripe")
    bench.register(replace(stripe, name="stripe_of_ours"))
    bench.vault().add("stripe_of_ours", "acme", token=Secret("k" * 20), base_url="http://127.0.0.1:9")
    with open_bench(tmp_path) as other:
        health = other.vault().check_one("stripe_of_ours", "acme")
        assert health.state == "offline" and "stripe_of_ours" in health.fix


# ---- by the rules alone ------------------------------------------------------------------------------------------

NOW = 1_800_000_000.0
KEY = Account("stripe", "acme")
OAUTH = Account("github", "me", "oauth", can_refresh=True)


@pytest.mark.parametrize(
    ("account", "error", "state"),
    [
        (KEY, None, "healthy"),
        (KEY, SignInNeeded("no"), "revoked"),
        (replace(KEY, expires_at=NOW - 1), SignInNeeded("no"), "expired"),
        (replace(KEY, expires_at=NOW + 1), SignInNeeded("no"), "revoked"),
        (replace(OAUTH, refresh_expires_at=NOW), SignInNeeded("no"), "expired"),
        (replace(OAUTH, expires_at=NOW + 60), None, "healthy"),  # it renews itself
        (replace(OAUTH, expires_at=NOW + 60, can_refresh=False), None, "expiring"),
        (replace(OAUTH, refresh_expires_at=NOW + EXPIRING_S), None, "healthy"),
        (replace(OAUTH, refresh_expires_at=NOW + EXPIRING_S - 1), None, "expiring"),
        (Account("zoom", "app", "client", can_refresh=True, expires_at=NOW + 60), None, "healthy"),
        (KEY, PermissionMissing("It lacks payments:read."), "scope_missing"),
        (KEY, Throttled("Slow down."), "offline"),
        (KEY, ServerFailed("It failed."), "offline"),
        (replace(KEY, expires_at=NOW - 1), ConnectFailed("Nobody there."), "offline"),
    ],
)
def test_the_first_rule_that_fits_counts(account: Account, error: Any, state: str) -> None:
    """Each kind of end, at the edge of its time, has the state it is to have, at the time it was judged."""
    health = judge(account, error, NOW)
    assert (health.state, health.checked_at) == (state, NOW)
    assert bool(health.fix) is (state != "healthy")


@pytest.mark.parametrize("kind", ["key", "oauth", "client"])
def test_a_fix_names_the_call_for_its_kind(kind: str) -> None:
    """A person's account is signed in again, a key and an app's are put anew; always with the account's name."""
    fix = judge(Account("zoom", "acme", kind), SignInNeeded("no"), NOW).fix
    assert is_one_call(fix, "acme") and ("sign_in" in fix) is (kind == "oauth")
    assert not is_one_call("Something is wrong.", "acme")  # the control
