"""`penstock vault` and `penstock sign-in`: what they do, what they ask, and that no secret is seen on the way."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest

from penstock.auth.accounts import Account
from penstock.catalog.registry import Registry
from penstock.cli import main
from penstock.errors import AccountNeeded, SignInNeeded, VaultLocked
from penstock.importing import Import, look
from penstock.redact import Secret

PASSWORD, NEW = "canary-password-7f3a91", "canary-new-password-55e0"
TOKEN, KEY = "sk_live_canary0123456789abcdef", "canary-bundle-key-aa12"
RECOVERY = "CANARY-RECOVERY-KEY-9Q2W"
CANARIES = (PASSWORD, NEW, TOKEN, KEY, RECOVERY)


@dataclass
class Field:
    """A field a way to sign needs."""

    name: str
    is_secret: bool = True
    help: str = ""
    default: str | None = None
    is_required: bool = True


@dataclass
class Way:
    """A way to sign."""

    kind: str
    fields: tuple[Field, ...]
    scheme_index: int = 0


WAYS = {
    "stripe": (Way("key", (Field("secret_key"), Field("stripe_account", False, "", "", False))),),
    "jira": (
        Way("key", (Field("site", False, "acme.atlassian.net"), Field("email"), Field("api_token"))),
        Way("oauth", (Field("client_id", False), Field("client_secret")), 1),
    ),
    "paypal": (Way("client", (Field("client_id", False), Field("client_secret")), 0),),
    "github": (Way("oauth", (Field("client_id", False),), 2),),
}  # fmt: skip


@dataclass
class SignIn:
    """A sign-in under way, which ends as it is told to."""

    via: str
    ends: str = "finished"
    address: str = "https://service.example/device"
    whole_address: str = ""
    user_code: str = "WDJB-MJHT"
    answers: list[Secret] = field(default_factory=list)
    is_cancelled: bool = False

    def say(self) -> str:
        return (
            f"On any device, open {self.address} and enter {self.user_code}"
            if self.via == "device"
            else self.address
        )

    def answer(self, text: Secret) -> None:
        self.answers.append(text)

    def wait(self, timeout: float | None = None) -> None:
        if self.ends == "interrupt":
            raise KeyboardInterrupt

    def state(self) -> tuple[str, str]:
        return self.ends, "" if self.ends == "finished" else "The service said no."

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeVault:
    """The face of a vault: it records what it is asked for, and does nothing."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.exists, self.is_locked, self.where, self.health = True, False, "agent", "healthy"
        self.sign_in = SignIn("device")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def note(*given: Any, **named: Any) -> Any:
            self.calls.append((name, given, named))

        return note

    def status(self) -> SimpleNamespace:
        return SimpleNamespace(
            exists=self.exists, is_locked=self.is_locked, path="/home/credentials.psk", where=self.where, is_kept=True,
            idle_left_s=3600.0, absolute_left_s=43200.0, note="",
        )  # fmt: skip

    def create(self, password: Secret, *, recovery: bool = True) -> Secret | None:
        self.calls.append(("create", (password,), {"recovery": recovery}))
        return Secret(RECOVERY) if recovery else None

    def list_accounts(self, integration: str | None = None) -> tuple[Account, ...]:
        return (Account("stripe", "acme", is_active=True, health="healthy", base={"shop": "x"}),)

    def ways_to_sign(self, integration: str) -> tuple[Way, ...]:
        return WAYS[integration]

    def add(self, integration: str, account: str, **named: Any) -> Account:
        self.calls.append(("add", (integration, account), named))
        return Account(integration, account)

    def remove(self, integration: str, account: str) -> str:
        return "undo-1"

    def check(self, integration: str | None = None, account: str | None = None) -> pd.DataFrame:
        row = {
            "integration": "stripe", "account": "acme", "health": self.health, "fix": "", "expires": pd.NaT,
            "checked_at": 1.0,
        }  # fmt: skip
        return pd.DataFrame([row])

    def rotate(self, **named: Any) -> dict[str, Any]:
        self.calls.append(("rotate", (), named))
        return {"kept": [{"kind": "password", "name": "a"}], "dropped": [{"kind": "recovery", "name": "b"}]}

    def ways(self) -> list[dict[str, Any]]:
        return [
            {"name": "a1", "kind": "password", "expires": None},
            {"name": "b2", "kind": "keyring", "expires": 9e8},
        ]

    def add_way(self, kind: str, **named: Any) -> dict[str, Any]:
        self.calls.append(("add_way", (kind,), named))
        return {"name": "c3", "recovery_key": Secret(RECOVERY) if kind == "recovery" else None}

    def seal(self, names: list[str], expires: str = "12h") -> SimpleNamespace:
        return SimpleNamespace(text="penstock-sealed-1.abc", key=Secret(KEY), expires=9e8)

    def open_sealed(self, text: str, key: Secret) -> dict[str, Any]:
        self.calls.append(("open_sealed", (text, key), {}))
        return {"accounts": ["stripe/acme"]}

    def begin_sign_in(self, integration: str, account: str, **named: Any) -> SignIn:
        self.calls.append(("begin_sign_in", (integration, account), named))
        return self.sign_in

    def import_from(self, source: str) -> Import:
        return look(source, Registry(), {("stripe", "old")}, self._put)

    def _put(self, *given: Any) -> None:
        self.calls.append(("put", given, {}))


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> FakeVault:
    """Return the vault every command of this test finds."""
    fake = FakeVault()
    monkeypatch.setattr("penstock.workbench.Workbench.vault", lambda bench: fake, raising=False)
    return fake


@pytest.fixture
def feed() -> Iterator[Callable[..., str]]:
    """Return a way to give lines to a descriptor, and its number as a word."""
    made: list[int] = []

    def give(*lines: str) -> str:
        out, into = os.pipe()
        made.append(out)
        os.write(into, "".join(f"{line}\n" for line in lines).encode())
        os.close(into)
        return str(out)

    yield give
    for descriptor in made:
        os.close(descriptor)


def do(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    """Run a command, check its exit code and that no canary was shown, and return what it wrote."""
    assert main(words) == code
    out, err = capsys.readouterr()
    assert seen(out + err) == []
    return out, err


def seen(text: str) -> list[str]:
    """Return the canaries a text holds, in clear, base64, hex or url-encoded."""
    found = []
    for canary in CANARIES:
        raw = canary.encode()
        for spelling in (canary, raw.hex(), base64.b64encode(raw).decode().rstrip("="), quote(canary)):
            if spelling in text:
                found.append(canary)
                break
    return found


# ---- no secret on the way ---------------------------------------------------------------------------------------


def test_no_command_shows_or_leaves_a_secret(
    vault: FakeVault, capsys: pytest.CaptureFixture[str], feed: Callable[..., str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Canaries go through every command that takes or makes a secret; no stream, child or file but the key's shows one."""
    children: list[str] = []
    started = subprocess.Popen.__init__

    def watch(self: Any, args: Any, *rest: Any, **named: Any) -> None:
        children.append(f"{args} {named.get('env')}")
        started(self, args, *rest, **named)

    monkeypatch.setattr(subprocess.Popen, "__init__", watch)
    monkeypatch.setenv("H4_TOKEN", TOKEN)
    env_file = tmp_path / "in" / ".env"
    env_file.parent.mkdir()
    env_file.write_text(f"STRIPE_SECRET_KEY={TOKEN}\n")
    out, key = tmp_path / "bundle", tmp_path / "in" / "key"
    vault.exists = False
    do(capsys, "vault", "create", "--no-recovery", "--password-fd", feed(PASSWORD))
    vault.exists = True
    do(capsys, "vault", "unlock", "--password-fd", feed(PASSWORD))
    do(capsys, "vault", "unlock", "--recovery-key", "--password-fd", feed(RECOVERY))
    do(capsys, "vault", "add", "stripe", "acme", "--password-fd", feed(TOKEN))
    do(capsys, "vault", "add", "stripe", "acme", "--field", "secret_key=env:H4_TOKEN", "--replace")
    do(capsys, "vault", "change-password", "--password-fd", feed(PASSWORD, NEW))
    do(capsys, "vault", "rotate", "--password-fd", feed(NEW))
    do(capsys, "vault", "add-way", "password", "--password-fd", feed(NEW))
    do(capsys, "vault", "seal", "stripe/acme", "--out", str(out), "--key-out", str(key))
    do(capsys, "vault", "open-sealed", str(out), "--key-file", str(key))
    do(capsys, "vault", "open-sealed", str(out), "--password-fd", feed(KEY))
    do(capsys, "vault", "import", str(env_file), "--store")
    do(capsys, "sign-in", "paypal", "--client-id", "id", "--password-fd", feed(TOKEN))
    for name in ("status", "list", "ways", "check"):
        do(capsys, "vault", name, "--json")
        do(capsys, "vault", name)
    assert seen("\n".join(children)) == []
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.parent.name != "in":
            assert seen(path.read_text()) == []
    given = [secret.reveal() for _, args, named in vault.calls for secret in flat((args, named))]
    assert {PASSWORD, NEW, TOKEN, KEY, RECOVERY} == set(given)  # the control: all of them went through
    assert seen(key.read_text()) == [KEY]  # and this is how one is found


def flat(thing: Any) -> Iterator[Secret]:
    """Give every Secret in a nest of things."""
    if isinstance(thing, Secret):
        yield thing
    elif isinstance(thing, dict):
        for value in thing.values():
            yield from flat(value)
    elif isinstance(thing, list | tuple):
        for value in thing:
            yield from flat(value)


CHILD = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from penstock.workbench import Workbench
class Vault:
    def unlock(self, password, restore): print("LENGTH", len(password.reveal()), flush=True)
    def status(self): return type("Status", (), dict(where="agent"))
Workbench.vault = lambda bench: Vault()
{patch}
from penstock.cli import main
sys.exit(main(["vault", "unlock"]))
"""
ECHOING = "import getpass; getpass.getpass = input"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize("patch", ["", ECHOING])
def test_the_password_is_not_echoed(patch: str) -> None:
    """At a real terminal the password arrives whole and is not shown; the control, with echo on, shows it."""
    import pty

    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(patch=patch)],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    shown = b""
    try:
        while b"Password: " not in shown:
            shown += os.read(master, 1024)
        os.write(master, f"{PASSWORD}\n".encode())
        while b"unlocked" not in shown:
            shown += os.read(master, 1024)
        assert child.wait(30) == 0
    finally:
        child.kill()
        child.wait()
        os.close(master)
    assert f"LENGTH {len(PASSWORD)}" in shown.decode()
    assert (PASSWORD in shown.decode()) is bool(patch)


WAITING = [
    ("vault", "create", "--no-recovery"), ("vault", "unlock"), ("vault", "unlock", "--recovery-key"),
    ("vault", "add", "stripe", "acme"), ("vault", "add", "jira", "acme"),
    ("vault", "change-password"), ("vault", "rotate"),
    ("vault", "add-way", "password"), ("vault", "open-sealed", __file__), ("sign-in", "github"),
    ("sign-in", "paypal"), ("sign-in", "paypal", "--client-id", "x"),
]  # fmt: skip


@pytest.mark.parametrize("words", WAITING, ids=" ".join)
def test_nothing_waits_without_a_terminal(
    vault: FakeVault,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    """With no terminal every command that would ask ends at once with 2 and what to do; nothing was done."""
    out, into = os.pipe()  # never written to, and never ended: a read would wait for ever
    vault.exists = "create" not in words
    try:
        with os.fdopen(out) as silent:
            monkeypatch.setattr(sys, "stdin", silent)
            ended = threading.Thread(target=lambda: codes.append(main(words)), daemon=True)
            codes: list[int] = []
            ended.start()
            ended.join(30)
            assert codes == [2]
    finally:
        os.close(into)
    said = capsys.readouterr().err
    assert said.startswith("penstock: ") and any(
        way in said for way in ("--password-fd", "--base", "--via", "wrote")
    )
    assert vault.calls == []


def test_a_secret_is_no_word_of_a_command(vault: FakeVault, capsys: pytest.CaptureFixture[str]) -> None:
    """--field and --password-fd refuse a value written out with 2, and do not repeat it."""
    for words in (
        ("vault", "add", "stripe", "acme", "--field", f"secret_key={TOKEN}"),
        ("vault", "unlock", "--password-fd", PASSWORD),
        ("sign-in", "paypal", "--field", f"client_secret={TOKEN}"),
    ):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 2
        assert seen("".join(capsys.readouterr())) == []
    assert vault.calls == []


# ---- keys that are shown once ------------------------------------------------------------------------------------


def test_a_recovery_key_is_not_lost_in_a_pipe(
    vault: FakeVault, capsys: pytest.CaptureFixture[str], feed: Callable[..., str]
) -> None:
    """Where standard output is no terminal nothing is made without --show-recovery-key; with it the key is printed once."""
    vault.exists = False
    for words in (("create",), ("add-way", "recovery")):
        said = do(capsys, "vault", *words, "--password-fd", feed(PASSWORD), code=2)[1]
        assert "--show-recovery-key" in said
    assert vault.calls == []
    for words in (("create",), ("add-way", "recovery")):
        assert main(["vault", *words, "--show-recovery-key", "--password-fd", feed(PASSWORD)]) == 0
        out, err = capsys.readouterr()
        assert out.strip() == RECOVERY and RECOVERY not in err


def test_a_bundle_s_key_is_not_lost_either(
    vault: FakeVault, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """seal needs --key-out, --show-key or a terminal, and two files; neither file is laid over another."""
    out, key = str(tmp_path / "bundle"), str(tmp_path / "key")
    assert "--key-out" in do(capsys, "vault", "seal", "stripe/acme", "--out", out, code=2)[1]
    do(capsys, "vault", "seal", "stripe/acme", "--out", out, "--key-out", out, code=2)
    assert list(tmp_path.iterdir()) == []
    do(capsys, "vault", "seal", "stripe/acme", "--out", out, "--key-out", key)
    if sys.platform != "win32":
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    said = do(capsys, "vault", "seal", "stripe/acme", "--out", out, "--show-key", code=2)[1]
    assert "exists already" in said and before == {path: path.read_bytes() for path in tmp_path.iterdir()}


# ---- what commands do --------------------------------------------------------------------------------------------


def test_json_is_json(vault: FakeVault, capsys: pytest.CaptureFixture[str]) -> None:
    """status, list, ways and check print one JSON value each, with null where a frame has none."""
    assert json.loads(do(capsys, "vault", "status", "--json")[0])["exists"] is True
    assert json.loads(do(capsys, "vault", "ways", "--json")[0])[1]["kind"] == "keyring"
    (account,) = json.loads(do(capsys, "vault", "list", "--json")[0])
    assert account["account"] == "acme" and account["base"] == {"shop": "x"} and account["is_active"] is True
    (row,) = json.loads(do(capsys, "vault", "check", "--json")[0])
    assert row["health"] == "healthy" and row["expires"] is None


def test_check_is_1_where_one_is_not_well(vault: FakeVault, capsys: pytest.CaptureFixture[str]) -> None:
    """A revoked credential gives exit code 1, an expiring one 0."""
    vault.health = "expiring"
    do(capsys, "vault", "check")
    vault.health = "revoked"
    assert "revoked" in do(capsys, "vault", "check", "stripe", code=1)[0]


@pytest.mark.parametrize(
    ("error", "code"), [(VaultLocked("locked"), 1), (AccountNeeded("none"), 2), (SignInNeeded("no"), 1)]
)
def test_errors_have_their_exit_codes(
    vault: FakeVault, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    """An error of the vault is 1, a wrong command 2, each one line without a traceback."""

    def fail(*_: Any) -> None:
        raise error

    vault.use = fail  # type: ignore[method-assign]
    said = do(capsys, "vault", "use", "stripe", "acme", code=code)[1]
    assert said.startswith("penstock: ") and "Traceback" not in said


def test_add_asks_for_what_is_missing_and_no_more(
    vault: FakeVault,
    capsys: pytest.CaptureFixture[str],
    feed: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Secrets come in the order of the fields; what was given or may be left out is not asked for."""
    monkeypatch.setenv("H4_TOKEN", TOKEN)
    do(
        capsys,
        "vault",
        "add",
        "jira",
        "acme",
        "--base",
        "site=acme.atlassian.net",
        "--password-fd",
        feed(NEW, PASSWORD),
    )
    do(
        capsys, "vault", "add", "jira", "acme", "--base", "site=acme.atlassian.net", "--label", "ours",
        "--field", "api_token=env:H4_TOKEN", "--password-fd", feed(NEW),
    )  # fmt: skip
    first, second = (named for name, _, named in vault.calls if name == "add")
    assert (first["email"].reveal(), first["api_token"].reveal(), first["site"]) == (
        NEW,
        PASSWORD,
        "acme.atlassian.net",
    )
    assert second["api_token"] == "env:H4_TOKEN" and second["label"] == "ours" and "secret_key" not in second
    do(capsys, "vault", "add", "github", "me", code=2)


def test_remove_says_how_it_is_put_back(vault: FakeVault, capsys: pytest.CaptureFixture[str]) -> None:
    """remove names the command that undoes it where an agent remembers, and not where nobody does."""
    assert "vault undo undo-1" in do(capsys, "vault", "remove", "stripe", "acme")[1]
    vault.where = "here"
    assert "undo" not in do(capsys, "vault", "remove", "stripe", "acme")[1]
    do(capsys, "vault", "undo", "undo-1")
    assert vault.calls[-1] == ("undo", ("undo-1",), {})


def test_import_stores_only_when_told(
    vault: FakeVault, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without --store it is a list; with it, the chosen ones under the names given."""
    path = tmp_path / ".env"
    path.write_text(f"STRIPE_SECRET_KEY={TOKEN}\nGITHUB_TOKEN={NEW}\n")
    assert "--store" in do(capsys, "vault", "import", str(path))[0] and vault.calls == []
    words = ("--store", "--only", "STRIPE_SECRET_KEY", "--as", "stripe/default=acme")
    assert "still holds" in do(capsys, "vault", "import", str(path), *words)[0]
    assert [given[:2] for _, given, _ in vault.calls] == [("stripe", "acme")]


@pytest.mark.parametrize("via", ["device", "loopback"])
def test_sign_in_says_where_to_go(vault: FakeVault, capsys: pytest.CaptureFixture[str], via: str) -> None:
    """The address, and a device's code, are said; it ends with 0 when the sign-in is finished."""
    vault.sign_in = SignIn(via, whole_address="https://service.example/whole")
    words = ("--account", "me", "--client-id", "id", "--via", via, "--scopes", "repo", "user")
    said = do(capsys, "sign-in", "github", *words)[1]
    assert ("WDJB-MJHT" in said) is (via == "device") and "https://service.example/" in said
    _, given, named = vault.calls[-1]
    assert given == ("github", "me") and named["scopes"] == ("repo", "user") and named["scheme"] == 2
    assert named["client_id"] == "id" and named["via"] == via


def test_a_pasted_answer_is_read_hidden(
    vault: FakeVault, capsys: pytest.CaptureFixture[str], feed: Callable[..., str]
) -> None:
    """The address pasted back comes from the prompt or descriptor and is shown nowhere: it holds a code."""
    vault.sign_in = SignIn("paste")
    do(capsys, "sign-in", "github", "--client-id", "id", "--password-fd", feed(TOKEN))
    assert [answer.reveal() for answer in vault.sign_in.answers] == [TOKEN]


@pytest.mark.parametrize(("ends", "code"), [("failed", 1), ("interrupt", 1)])
def test_a_sign_in_that_does_not_finish_is_1(
    vault: FakeVault, capsys: pytest.CaptureFixture[str], ends: str, code: int
) -> None:
    """A refusal says what the service said; Ctrl-C gives the sign-in up."""
    vault.sign_in = SignIn("device", ends=ends)
    said = do(capsys, "sign-in", "github", "--client-id", "id", "--via", "device", code=code)[1]
    assert ("said no" in said) is (ends == "failed")
    assert vault.sign_in.is_cancelled is (ends == "interrupt")


# ---- the doctor --------------------------------------------------------------------------------------------------


def examine(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, str]]:
    main(["doctor", "--json"])
    return {finding["subject"]: finding for finding in json.loads(capsys.readouterr().out)}


def test_the_doctor_looks_at_the_vault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No vault is well, with how to make one; one that others can read, or that is damaged, is a failure with the fix."""
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    found = examine(capsys)
    assert found["vault"]["state"] == "ok" and "vault create" in found["vault"]["advice"]
    assert found["agent"]["state"] == "ok" and "vault unlock" in found["agent"]["advice"]
    assert found["keyring"]["advice"] or found["keyring"]["state"] == "ok"
    assert found["python-dotenv"]["state"] == "ok"
    path = tmp_path / "vault" / "credentials.psk"
    path.parent.mkdir()
    path.write_bytes(b"not a vault")
    path.chmod(0o600)
    assert examine(capsys)["vault"]["state"] == "fail"
    if sys.platform != "win32":
        path.chmod(0o644)
        found = examine(capsys)
        assert found["vault"]["state"] == "fail" and "chmod 600" in found["vault"]["advice"]


def test_the_doctor_tells_a_keyring_that_keeps_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyring package without a usable backend is a warning with what to do; a usable one is named."""

    def have(priority: float) -> None:
        backend = type("Keyring", (), {"priority": priority})()
        monkeypatch.setitem(sys.modules, "keyring", SimpleNamespace(get_keyring=lambda: backend))

    have(0)
    found = examine(capsys)["keyring"]
    assert found["state"] == "warn" and "key file" in found["advice"]
    have(5)
    assert examine(capsys)["keyring"]["state"] == "ok"


# ---- the real vault ----------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are not handed on")
def test_a_real_vault_from_the_command_line(tmp_path: Path) -> None:
    """Made, filled, used, sealed and locked by commands alone: each works, and no canary is in a stream, file or process."""
    env_file = tmp_path / "in" / ".env"
    env_file.parent.mkdir()
    env_file.write_text(f"GITHUB_TOKEN={NEW}\nSTRIPE_SECRET_KEY={TOKEN}\nDISCORD_TOKEN=$(id)\n")
    home = tmp_path / "home"
    (tmp_path / "run").mkdir(mode=0o700)
    environment = {
        **os.environ, "PENSTOCK_HOME": str(home), "XDG_RUNTIME_DIR": str(tmp_path / "run"), "PENSTOCK_AGENT": "on",
        "TMPDIR": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"),
    }  # fmt: skip
    environment.pop("PENSTOCK_AGENT_SOCK", None)
    shown: list[str] = []

    def penstock(*words: str, secrets: tuple[str, ...] = (), code: int = 0) -> str:
        out, into = os.pipe()
        os.write(into, "".join(f"{one}\n" for one in secrets).encode())
        os.close(into)
        fed = ("--password-fd", str(out)) if secrets else ()
        try:
            ended = subprocess.run(
                [sys.executable, "-m", "penstock", *words, *fed],
                env=environment, pass_fds=(out,), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                check=False,
            )  # fmt: skip
        finally:
            os.close(out)
        assert ended.returncode == code, ended.stderr
        shown.append(ended.stdout + ended.stderr)
        return ended.stdout

    try:
        recovery = penstock("vault", "create", "--show-recovery-key", secrets=(PASSWORD,)).strip()
        assert shown.pop().count(recovery) == 1
        assert json.loads(penstock("vault", "status", "--json"))["is_locked"] is False
        penstock("vault", "add", "stripe", "acme", "--label", "ours", secrets=(TOKEN,))
        penstock("vault", "add", "jira", "acme", "--base", "site=acme.atlassian.net", "--base", "email=a@b.example",
                 secrets=(NEW,))  # fmt: skip
        penstock("vault", "import", str(env_file), "--store", "--as", "STRIPE_SECRET_KEY=nova")
        penstock("vault", "use", "stripe", "nova")
        listed = {
            f"{one['integration']}/{one['account']}": one
            for one in json.loads(penstock("vault", "list", "--json"))
        }
        assert listed.keys() == {"stripe/acme", "stripe/nova", "jira/acme", "github/default"}
        assert listed["stripe/nova"]["is_active"] and listed["stripe/acme"]["label"] == "ours"
        bundle, key = tmp_path / "bundle", tmp_path / "in" / "key"
        penstock("vault", "seal", "stripe/acme", "--out", str(bundle), "--key-out", str(key))
        penstock("vault", "open-sealed", str(bundle), "--key-file", str(key))
        penstock("vault", "remove", "github", "default")
        penstock("vault", "undo", shown[-1].split()[-1])
        penstock("vault", "backup", str(tmp_path / "backup.psk"))
        assert "agent" in penstock("doctor", code=0 if doctor_is_well() else 1)
        agent = json.loads(penstock("agent", "status", "--json"))["pid"]
        if sys.platform == "linux":
            for name in ("cmdline", "environ"):
                shown.append(Path(f"/proc/{agent}/{name}").read_bytes().decode(errors="replace"))
        penstock("vault", "lock")
        assert json.loads(penstock("vault", "status", "--json"))["is_locked"] is True
        penstock("vault", "list", code=1)
        penstock("vault", "unlock", secrets=("not-the-password-x",), code=1)
        penstock("vault", "unlock", "--recovery-key", secrets=(recovery,))
        assert len(json.loads(penstock("vault", "list", "--json"))) == 4
    finally:
        penstock("vault", "lock")
    assert seen("\n".join(shown)) == [] and recovery not in "\n".join(shown)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent.name != "in"]
    assert len(files) > 3
    for path in files:
        text = path.read_bytes().decode("latin-1")
        assert seen(text) == [] and recovery not in text, path
    assert seen(env_file.read_text()) == [NEW, TOKEN]  # the control: in a file they would be found


def doctor_is_well() -> bool:
    """Say whether the doctor finds this checkout well apart from the vault."""
    from penstock.cli.doctor import examine as look_around

    return all(finding.state != "fail" for finding in look_around())
