"""The face of the vault through a real workbench: what each method does, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oauth_person import send
from vaults import PASSWORD
from workbench_vaults import keep, open_bench

import penstock as ps
from penstock.auth.schemes import OAuth2
from penstock.credentials import Credentials
from penstock.errors import (
    AccountNeeded,
    PenstockError,
    SignInNeeded,
    UnknownName,
    UsageError,
    VaultLocked,
)
from penstock.events import AccountSwitched
from penstock.redact import Secret
from penstock.sandbox.server import Sandbox
from penstock.testing import FakeClock
from penstock.vaulting import Vaulting

CANARY = "sk_test_canary_of_credentials_77"


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(names=["stripe", "github"], limits=False) as server:
        yield server


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[ps.Workbench]:
    with open_bench(tmp_path) as bench:
        yield bench


@pytest.fixture
def vault(bench: ps.Workbench) -> Credentials:
    return bench.vault()


def add(vault: Credentials, account: str, **options: Any) -> Any:
    return vault.add("stripe", account, token=Secret(CANARY), **options)


# ---- adding ------------------------------------------------------------------------------------------------------


def test_the_first_account_is_the_active_one_and_says_so(vault: Credentials) -> None:
    """The first of an integration is active, the second is not, and the first of another integration is."""
    assert add(vault, "acme").is_active and vault.active("stripe") == "acme"
    assert not add(vault, "beta").is_active and vault.active("stripe") == "acme"
    assert vault.add("github", "me", token=Secret("g" * 20)).is_active


def test_what_is_added_twice_is_refused_unless_it_replaces(vault: Credentials) -> None:
    """Without replace=True the stored credential stays as it was; with it the version goes on."""
    first = add(vault, "acme")
    with pytest.raises(UsageError) as caught:
        vault.add("stripe", "acme", token=Secret("another-one"))
    assert "replace=True" in (caught.value.hint or "")
    assert vault.get("stripe", "acme") == first
    assert vault.add("stripe", "acme", token=Secret("another-one"), replace=True).version == first.version + 1


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\nb", "x" * 100, None, 7, "\x1f"])
def test_a_name_that_is_none_is_refused(vault: Credentials, name: Any) -> None:
    """Empty, with a slash, a line end or too long: UsageError with an example, for add and for sign-ins."""
    for act in (add, lambda vault, name: vault.begin_sign_in("github", name)):
        with pytest.raises(UsageError) as caught:
            act(vault, name)
        assert "For example" in (caught.value.hint or "")
    assert vault.list_accounts() == ()


@pytest.mark.parametrize("name", ["a", "eu-production", "Ärger & Co", "x" * 99, "a b"])
def test_a_name_that_is_one_is_taken(vault: Credentials, name: str) -> None:
    """The control: short texts of any letters are names."""
    assert add(vault, name).account == name


@pytest.mark.parametrize("method", ["add", "begin_sign_in", "sign_in", "ways_to_sign"])
def test_an_integration_nobody_knows_is_answered_with_the_nearest(vault: Credentials, method: str) -> None:
    """A misspelt integration is UnknownName that names the right one."""
    words = () if method == "ways_to_sign" else ("acme",)
    with pytest.raises(UnknownName, match="stripe"):
        getattr(vault, method)("strpie", *words)


def test_a_client_of_one_s_own_is_refused_where_there_is_no_sign_in(vault: Credentials) -> None:
    """A service with keys alone says which key it takes; a way that is no sign-in is answered with those that are."""
    with pytest.raises(UsageError) as caught:
        vault.begin_sign_in("sendgrid", "me")
    assert "api_key=" in (caught.value.hint or "") and "vault().add('sendgrid'" in (caught.value.hint or "")
    with pytest.raises(UsageError) as caught:
        vault.begin_sign_in("github", "me", scheme=0)
    assert "OAuth app" in (caught.value.hint or "")
    with pytest.raises(UsageError) as caught:
        vault.begin_sign_in("github", "me", via="paste")
    assert "client_id=" in (caught.value.hint or "")
    with pytest.raises(UsageError) as caught:
        vault.begin_sign_in("asana", "me", via="device", client_id="x", client_secret=Secret("y" * 9))
    assert "loopback, paste" in (caught.value.hint or "")


# ---- what is shown -----------------------------------------------------------------------------------------------


def test_a_frame_of_accounts_has_no_secret(vault: Credentials) -> None:
    """Every account is a row with its standing; no form of the frame, of an account or of the vault has the key in it."""
    add(vault, "acme", label="Acme Ltd")
    add(vault, "beta")
    vault.add("github", "me", token=Secret(CANARY))
    frame = vault.accounts()
    assert list(frame["account"]) == ["me", "acme", "beta"] and list(frame["is_active"]) == [
        True,
        True,
        False,
    ]
    assert {"kind", "scopes", "expires", "health", "fix", "last_used_at", "last_used_by"} <= set(
        frame.columns
    )
    assert list(vault.accounts("stripe")["label"]) == ["Acme Ltd", ""]
    shown = [
        frame.to_string(),
        frame.to_html(),
        frame.to_csv(),
        repr(vault),
        *map(repr, vault.list_accounts()),
    ]
    assert not [text for text in shown if CANARY in text]
    assert (
        CANARY
        in vault._keeping.ask("issue", integration="stripe", account="acme")["fields"]["secret_key"].reveal()
    )


def test_no_accounts_are_an_empty_frame_with_its_columns(vault: Credentials) -> None:
    """A vault without accounts gives frames that can be filtered all the same."""
    assert list(vault.accounts().columns) and vault.accounts().empty
    assert vault.check().empty and "health" in vault.check().columns


def test_a_label_is_changed_and_taken_away(vault: Credentials) -> None:
    """describe changes the label and nothing else; an account that is not there is named."""
    before = add(vault, "acme", label="old")
    vault.describe("stripe", "acme", "new")
    assert vault.get("stripe", "acme") == replace(before, label="new")
    vault.describe("stripe", "acme", None)
    assert vault.get("stripe", "acme").label == ""
    with pytest.raises(UnknownName, match="acmee"):
        vault.describe("stripe", "acmee", "x")


def test_an_account_nobody_has_is_answered_with_the_nearest(vault: Credentials) -> None:
    """get, use, check_one and check name the nearest account, and where there is none at all how to add one."""
    with pytest.raises(UnknownName) as caught:
        vault.get("stripe", "acme")
    assert "vault().add('stripe', 'acme'" in (caught.value.hint or "")
    add(vault, "acme")
    for method in ("get", "use", "check_one", "check"):
        with pytest.raises(UnknownName) as caught:
            getattr(vault, method)("stripe", "acne")
        assert "acme" in (caught.value.hint or "")


def test_whoever_watches_is_told_of_every_change(vault: Credentials) -> None:
    """add, use, describe, remove, undo and lock call the listener; one that raises stops nobody; unwatched is silent."""
    told: list[str] = []

    def fail() -> None:
        raise RuntimeError("a listener of somebody else")

    end_failing = vault.watch(fail)
    doing: list[str] = []
    unwatch = vault.watch(lambda: told.extend(doing[-1:]))
    undo: list[str] = []
    steps: dict[str, Callable[[], Any]] = {
        "add": lambda: (add(vault, "acme"), add(vault, "beta")),
        "use": lambda: vault.use("stripe", "beta"),
        "describe": lambda: vault.describe("stripe", "beta", "B"),
        "remove": lambda: undo.append(vault.remove("stripe", "beta")),
        "undo": lambda: vault.undo(undo[0]),
        "lock": vault.lock,
    }
    for name, step in steps.items():
        doing.append(name)
        step()
    assert set(told) == set(steps)
    unwatch()
    end_failing()
    told.clear()
    vault.unlock(PASSWORD)
    assert told == []


# ---- who is active -----------------------------------------------------------------------------------------------


def test_use_makes_it_active_and_tells_everybody(bench: ps.Workbench, vault: Credentials) -> None:
    """The account is active from then on, and AccountSwitched says so once."""
    said: list[AccountSwitched] = []
    bench.bus.subscribe(AccountSwitched, said.append)
    add(vault, "acme")
    add(vault, "beta")
    assert vault.use("stripe", "beta").is_active
    assert [one.account for one in vault.list_accounts("stripe") if one.is_active] == ["beta"]
    assert [(one.integration, one.account) for one in said] == [("stripe", "beta")]


def test_without_the_active_one_there_is_none_until_it_is_put_back(
    vault: Credentials, bench: ps.Workbench
) -> None:
    """Removing the active account leaves none active, not another; connecting lists those there; undo brings it back active."""
    add(vault, "acme")
    add(vault, "beta")
    undo = vault.remove("stripe", "acme")
    assert vault.active("stripe") is None and [one.account for one in vault.list_accounts("stripe")] == [
        "beta"
    ]
    with pytest.raises(AccountNeeded) as caught:
        bench.connect("stripe")
    assert (
        "beta" in str(caught.value)
        and "acme" not in str(caught.value)
        and "use(" in (caught.value.hint or "")
    )
    vault.undo(undo)
    assert vault.active("stripe") == "acme"
    assert bench.connect("stripe").account == "acme"
    with pytest.raises(UnknownName):
        vault.undo(undo)


def test_what_is_chosen_here_counts_at_once(bench: ps.Workbench, vault: Credentials) -> None:
    """An account added right after a refusal is called as at once; so is the one chosen, and the one put back."""
    for _ in range(2):
        with pytest.raises(AccountNeeded):
            bench.connect("stripe")
        add(vault, "acme")
        assert bench.connect("stripe").account == "acme"
        add(vault, "beta")
        vault.use("stripe", "beta")
        assert bench.connect("stripe").account == "beta"
        for name in ("acme", "beta"):
            vault.remove("stripe", name)


def test_undo_takes_nobody_s_place(vault: Credentials) -> None:
    """Where another was made active meanwhile, what is put back is not active; one that was not active does not become it."""
    add(vault, "acme")
    add(vault, "beta")
    undo = vault.remove("stripe", "acme")
    vault.use("stripe", "beta")
    vault.undo(undo)
    assert vault.active("stripe") == "beta"
    vault.undo(vault.remove("stripe", "acme"))
    assert vault.active("stripe") == "beta"


def test_undo_ends_after_ten_minutes(tmp_path: Path) -> None:
    """Just before it the account comes back; after it the error says what else there is."""
    clock = FakeClock()
    with open_bench(tmp_path, clock=clock) as bench:
        vault = bench.vault()
        add(vault, "acme")
        undo = vault.remove("stripe", "acme")
        clock.move(599)
        vault.undo(undo)
        undo = vault.remove("stripe", "acme")
        clock.move(601)
        with pytest.raises(UnknownName) as caught:
            vault.undo(undo)
        assert "backup" in (caught.value.hint or "")


NAMES = st.sampled_from(["acme", "beta", "gamma", "acm"])


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, box: Sandbox) -> Iterator[ps.Workbench]:
    with open_bench(tmp_path_factory.mktemp("shared")) as bench:
        yield bench


def judge(bench: ps.Workbench, accounts: set[str], active: str | None, asked: str | None) -> str:
    """Set the accounts up, connect, and return what is wrong with whom it calls as; "" where nothing is."""
    vault = bench.vault()
    for one in vault.list_accounts("stripe"):
        vault.remove("stripe", one.account)
    for name in sorted(accounts):
        vault.add("stripe", name, token=Secret(f"key-of-{name}-123"))
    if accounts:
        vault.use("stripe", active or min(accounts))
        if active is None:
            bench._vaulting.book.forget("stripe", min(accounts))
    wanted = asked if asked is not None else active
    try:
        connection = bench.connect("stripe", account=asked)
    except AccountNeeded as exc:
        if wanted in accounts:
            return f"{wanted} was refused"
        missing = [name for name in accounts if name not in str(exc)]
        hint = exc.hint or ""
        return f"{missing} not listed" if missing else "" if "add(" in hint or "use(" in hint else "no hint"
    key = connection.client.desk.session._headers[0][1]
    if wanted not in accounts:
        return f"{wanted} was asked for, {connection.account} taken"
    return "" if connection.account == wanted and key == f"Bearer key-of-{wanted}-123" else f"called as {key}"


CASES = st.sets(NAMES).flatmap(
    lambda names: st.tuples(
        st.just(names),
        st.sampled_from([None, *sorted(names)]),
        st.one_of(st.none(), NAMES),
    )
)
SOME = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SOME
@given(case=CASES)
def test_never_another_account(shared: ps.Workbench, case: tuple[set[str], str | None, str | None]) -> None:
    """Whatever accounts there are, whichever is active or asked for: it is called as that one, or refused with all listed."""
    assert judge(shared, *case) == ""


def test_another_account_would_be_found(shared: ps.Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: where the only other account were taken instead, the same judge says so."""

    def guess(self: Vaulting, integration: Any, account: str | None) -> str:
        there = [one.account for one in self.credentials.list_accounts(integration.name)]
        wanted = account or self.active(integration.name)
        return wanted if wanted in there else there[0]

    monkeypatch.setattr(Vaulting, "account_for", guess)
    assert judge(shared, {"acme"}, None, None) == "None was asked for, acme taken"
    assert judge(shared, {"acme", "beta"}, "beta", "gamma") == "gamma was asked for, acme taken"


def test_connecting_without_any_account_says_how_one_is_added(bench: ps.Workbench) -> None:
    """With no account at all the hint has the three ways: the vault, a script's environment, the sandbox."""
    with pytest.raises(AccountNeeded) as caught:
        bench.connect("stripe")
    hint = caught.value.hint or ""
    assert "ps.vault().add('stripe'" in hint and "env:" in hint and "sandbox=True" in hint


def test_a_vault_s_key_goes_to_no_other_address(bench: ps.Workbench, vault: Credentials) -> None:
    """base_url= beside a stored account is refused: an address typed elsewhere would get the key."""
    add(vault, "acme")
    with pytest.raises(UsageError) as caught:
        bench.connect("stripe", account="acme", base_url="http://127.0.0.1:9")
    assert "base_url=" in (caught.value.hint or "")


# ---- locked ------------------------------------------------------------------------------------------------------


def test_locked_nothing_of_an_account_is_done(bench: ps.Workbench, vault: Credentials) -> None:
    """Every method that needs the keys raises VaultLocked, connect with the call that unlocks; the active name is known still."""
    add(vault, "acme")
    vault.lock()
    acts: list[Callable[[], Any]] = [
        lambda: add(vault, "beta"),
        lambda: vault.begin_sign_in(
            "github", "me", client_id="x", client_secret=Secret("y" * 9), via="paste"
        ),
        vault.list_accounts,
        vault.accounts,
        vault.check,
        lambda: vault.get("stripe", "acme"),
        lambda: vault.use("stripe", "acme"),
        lambda: vault.describe("stripe", "acme", "x"),
        lambda: vault.remove("stripe", "acme"),
        lambda: vault.check_one("stripe", "acme"),
        lambda: vault.seal(["stripe/acme"]),
        lambda: vault.import_from("environment"),
        lambda: vault.backup(Path(bench.home) / "copy"),
        lambda: vault.add_way("recovery"),
    ]
    for act in acts:
        with pytest.raises(VaultLocked):
            act()
    with pytest.raises(VaultLocked) as caught:
        bench.connect("stripe")
    assert "ps.vault().unlock()" in (caught.value.hint or "")
    assert vault.active("stripe") == "acme" and "locked" in repr(vault)
    vault.unlock(PASSWORD)
    assert [one.account for one in vault.list_accounts()] == ["acme"] and "unlocked" in repr(vault)


# ---- signing in --------------------------------------------------------------------------------------------------


@pytest.fixture
def own(bench: ps.Workbench, box: Sandbox) -> ps.Workbench:
    """A workbench whose github is a registered copy that signs in at the sandbox."""
    github = bench.registry.get("github")
    played = box.oauth("github", 2)
    scheme = github.auth[2]
    assert isinstance(scheme, OAuth2)
    there = replace(
        scheme, authorize=played["authorize"], token=played["token"], device=played["device"], revoke=None
    )
    bench.register(replace(github, auth=(github.auth[0], there)))
    return bench


def begin(own: ps.Workbench, box: Sandbox, account: str = "me", **options: Any) -> Any:
    played = box.oauth("github", 2)
    app = {"client_id": played["client_id"], "client_secret": Secret(str(played["client_secret"]))}
    given = {**app, "base_url": box.base_url("github"), **options}
    return own.vault().begin_sign_in("github", account, **given)


def test_a_sign_in_ends_in_an_account_one_can_call_as(own: ps.Workbench, box: Sandbox) -> None:
    """Waiting until the person agrees, then finished; the account is oauth, active, and its calls are let in."""
    begun = begin(own, box, via="loopback", label="mine")
    assert begun.state()[0] == "waiting" and own.vault().list_accounts("github") == ()
    assert begun.address in begun.say() and "waiting" in repr(begun)
    back = send("GET", f"{begun.address}&approve=1").headers["location"]
    assert send("GET", str(back)).status == 200
    assert begun.wait(30) and begun.state()[0] == "finished"
    account = own.vault().get("github", "me")
    assert (account.kind, account.label, account.is_active) == ("oauth", "mine", True)
    assert account.can_refresh and account.expires_at is not None
    own.connect("github").health()
    assert box.log()[-1]["status"] == 200


def test_a_pasted_answer_of_another_sign_in_is_refused_and_the_right_one_taken(
    own: ps.Workbench, box: Sandbox
) -> None:
    """What belongs to another sign-in, or is none, raises UsageError and it goes on waiting; its own answer finishes it."""
    first, second = begin(own, box, via="paste"), begin(own, box, "you", via="paste")
    answers = [str(send("GET", f"{one.address}&approve=1").headers["location"]) for one in (first, second)]
    for wrong in ("", "http://127.0.0.1/callback?code=x", answers[1], first.address):
        with pytest.raises(UsageError):
            first.answer(wrong)
    assert first.state()[0] == "waiting"
    first.answer(answers[0])
    assert first.wait(30)
    second.cancel()
    assert second.state()[0] == "failed" and [one.account for one in own.vault().list_accounts()] == ["me"]
    with pytest.raises(SignInNeeded, match="given up"):
        second.wait(1)


def test_a_refused_sign_in_says_what_the_service_said(own: ps.Workbench, box: Sandbox) -> None:
    """A person who declines ends it as failed, nothing is stored, and wait() says to start again."""
    begun = begin(own, box, via="paste")
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    begun.answer(str(send("POST", begun.address, b"answer=deny", **form).headers["location"]))
    with pytest.raises(SignInNeeded, match="declined") as caught:
        begun.wait(30)
    assert "again" in (caught.value.hint or "") and own.vault().list_accounts("github") == ()


def test_signing_in_again_needs_nothing_but_the_name(own: ps.Workbench, box: Sandbox) -> None:
    """A second sign-in of an account takes the app, the place and the addresses from the first, and keeps the label."""
    begun = begin(own, box, via="paste", label="mine")
    begun.answer(str(send("GET", f"{begun.address}&approve=1").headers["location"]))
    assert begun.wait(30)
    before = own.vault().get("github", "me")
    again = own.vault().begin_sign_in("github", "me", via="paste")
    again.answer(str(send("GET", f"{again.address}&approve=1").headers["location"]))
    assert again.wait(30)
    after = own.vault().get("github", "me")
    assert after.version > before.version
    assert (after.base_url, after.label, after.scopes) == (before.base_url, "mine", before.scopes)
    own.connect("github", account="me").health()


def test_a_wait_ends_when_it_was_told_to(own: ps.Workbench, box: Sandbox) -> None:
    """wait(timeout) of nobody's answer returns False and leaves the sign-in as it is."""
    begun = begin(own, box, via="paste")
    assert begun.wait(0) is False and begun.state()[0] == "waiting"
    begun.cancel()


def test_the_workbench_signs_in_at_its_sandbox(
    bench: ps.Workbench, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bench.sign_in(sandbox=) needs no app; what is pasted makes the account, whose address is the sandbox's."""
    pasted: list[str] = []

    def ask(prompt: str) -> Secret:
        return Secret(str(send("GET", f"{pasted[0]}&approve=1").headers["location"]))

    monkeypatch.setattr("penstock.credentials.ask", ask)
    monkeypatch.setattr("builtins.print", lambda text, **_: pasted.append(text.split("\n\n")[1].strip()))
    account = bench.sign_in("github", "me", sandbox=box, via="paste")
    assert account.kind == "oauth" and account.base_url == box.base_url("github")
    assert bench.connect("github").health().status == 200


# ---- a bundle ----------------------------------------------------------------------------------------------------


def test_a_bundle_goes_to_another_home(bench: ps.Workbench, tmp_path: Path, box: Sandbox) -> None:
    """What is sealed here can be called as there, from the bundle alone; what was not sealed is not there."""
    keep(bench, box, "stripe", "acme")
    add(bench.vault(), "beta")
    sealed = bench.vault().seal("stripe/acme", expires="30m")
    with pytest.raises(UnknownName):
        bench.vault().seal(["stripe/nobody"])
    with ps.Workbench(home=tmp_path / "other", agent=False) as other:
        assert other.vault().open_sealed(sealed.text, sealed.key) == ["stripe/acme"]
        assert other.connect("stripe", account="acme").health().status == 200
        (one,) = other.vault().list_accounts()
        assert one.is_sealed and not (tmp_path / "other" / "vault").exists()
        with pytest.raises(AccountNeeded, match="acme"):
            other.connect("stripe", account="beta")


@pytest.mark.parametrize("span", ["", "12", "0h", "1w", "12 hours", None, True])
def test_a_length_of_time_that_is_none_is_refused(vault: Credentials, span: Any) -> None:
    """seal(expires=) takes "30m", "12h", "7d" or seconds, and says so."""
    add(vault, "acme")
    with pytest.raises(PenstockError) as caught:
        vault.seal(["stripe/acme"], expires=span)
    assert '"12h"' in (caught.value.hint or "")


def test_times_are_times_in_a_frame(vault: Credentials) -> None:
    """expires, checked_at and last_used_at are timestamps or missing, so that a frame sorts by them."""
    add(vault, "acme")
    vault._book.used("stripe", "acme", "connection")
    row = vault.accounts().iloc[0]
    assert isinstance(row["last_used_at"], pd.Timestamp) and row["expires"] is pd.NaT
