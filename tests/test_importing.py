"""Taking credentials over: from every kind of source, nothing shown, nothing stored before it is asked for."""

from __future__ import annotations

import base64
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from penstock.candidates import _ways
from penstock.catalog.registry import Registry
from penstock.errors import DependencyMissing, PenstockError, UnknownName, UsageError, VaultError, VaultLocked
from penstock.importing import Import, look
from penstock.redact import Secret

REGISTRY = Registry()
LIVE, ACME = "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "sk_test_AAAAHqLyjWDarjtT1zdp7AA"
SHOP = "shpat_0123456789abcdef0123456789abcdef"
ENV = f"""
# a comment
export STRIPE_SECRET_KEY="{LIVE}"
STRIPE_SECRET_KEY_ACME='{ACME}'   # another
SHOPIFY_ACCESS_TOKEN={SHOP}
SHOPIFY_SHOP=https://acme.myshopify.com/
TWILIO_ACCOUNT_SID=AC0123456789abcdef0123456789abcdef
JIRA_URL=https://acme.atlassian.net/
JIRA_EMAIL=someone@example.com
JIRA_API_TOKEN=ATATT-not-a-real-one
GH_TOKEN=${{GITHUB_TOKEN}}
DATABASE_URL=postgres://user:hunter22@host/db
EMPTY=
ALONE
"""


# Parts of addresses as each pattern has them.
ADDRESSES = {
    "datadog.site": "datadoghq.com", "jira.site": "acme.atlassian.net", "mailchimp.dc": "us21",
    "quickbooks.realm_id": "123456789", "salesforce.instance": "acme.my.salesforce.com",
    "twilio.account_sid": "AC0123456789abcdef0123456789abcdef", "woocommerce.store": "shop.example.com",
}  # fmt: skip


class Vault:
    """Take what is stored, as a vault would."""

    def __init__(self, refuses: str = "") -> None:
        self.kept: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
        self._refuses = refuses

    def put(
        self, integration: str, account: str, fields: Mapping[str, Secret], base: Mapping[str, str]
    ) -> None:
        if integration == self._refuses:
            raise VaultLocked("The vault is locked.")
        revealed = {name: secret.reveal() for name, secret in fields.items()}
        self.kept[f"{integration}/{account}"] = (revealed, dict(base))


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """Return a .env file as people have them."""
    path = tmp_path / ".env"
    path.write_text(ENV)
    return path


def shown(thing: Any) -> str:
    """Return everything a list shows of itself."""
    return "\n".join(
        [repr(thing), str(thing), thing._repr_html_(), thing.frame().to_string(), thing.frame().to_json()]
    )


def names(found: Import) -> list[str]:
    return [one.name for one in found.candidates]


def test_an_env_file_is_told_apart(env_file: Path) -> None:
    """Each credential is there once with what it fills and lacks; unknown variables are a number, empty ones nothing."""
    found = look(env_file, REGISTRY, {("stripe", "acme")})
    rows = {f"{row['integration']}/{row['account']}": row for row in found.frame().to_dict("records")}
    assert rows.keys() == {
        "github/default", "jira/default", "shopify/default", "stripe/acme", "stripe/default", "twilio/default",
    }  # fmt: skip
    assert rows["jira/default"]["fills"] == "email, api_token, site" and rows["jira/default"]["missing"] == ""
    assert rows["twilio/default"]["missing"] == "auth_token"
    assert rows["github/default"]["missing"] == "token" and "not followed" in rows["github/default"]["note"]
    assert [name for name, row in rows.items() if row["is_there"]] == ["stripe/acme"]
    assert found.unrecognised == 1
    assert "1 other variables were not recognised" in repr(found)


def test_nothing_shows_a_value(env_file: Path) -> None:
    """Neither the list nor what became of it shows a value or its end, in clear, base64 or hex."""
    found = look(env_file, REGISTRY)
    text = shown(found) + shown(found.store(put=Vault(refuses="jira").put)) + repr(found.candidates)
    for value in (
        LIVE,
        ACME,
        SHOP,
        "ATATT-not-a-real-one",
        "someone@example.com",
        "hunter22",
        "https://acme.myshopify.com/",
    ):
        raw = value.encode()
        for spelling in (value, value[-6:], raw.hex(), base64.b64encode(raw).decode().rstrip("=")):
            assert spelling not in text
    assert "STRIPE_SECRET_KEY_ACME" in text  # the control: names are shown


def test_storing_is_one_by_one_and_says_what_became_of_each(env_file: Path) -> None:
    """What is whole and new is stored; a failure stops nothing; what is there or lacks something is left out."""
    before = env_file.read_bytes()
    vault = Vault(refuses="jira")
    found = look(env_file, REGISTRY, {("stripe", "acme")}, vault.put)
    assert vault.kept == {}
    stored = found.store()
    assert vault.kept == {
        "shopify/default": ({"token": SHOP}, {"shop": "acme"}),
        "stripe/default": ({"secret_key": LIVE}, {}),
    }
    states = {name: (state, why) for name, state, why in stored.results}
    assert states["jira/default"][0] == "failed" and "locked" in states["jira/default"][1]
    assert states["stripe/acme"][0] == "left out" and "names=" in states["stripe/acme"][1]
    assert states["twilio/default"] == ("left out", "auth_token is missing")
    assert not stored.is_whole and "still holds them" in repr(stored)
    assert env_file.read_bytes() == before


def test_some_may_be_chosen_and_renamed(env_file: Path) -> None:
    """`only` and `names` take accounts and variables; what does not exist is refused before anything is stored."""
    vault = Vault()
    found = look(env_file, REGISTRY, {("stripe", "acme")}, vault.put)
    with pytest.raises(UnknownName, match="STRIPE_SECRET_KEI"):
        found.store(only=["stripe/default", "STRIPE_SECRET_KEI"])
    assert vault.kept == {}
    found.store(only=["STRIPE_SECRET_KEY_ACME", "stripe/default"], names={"stripe/acme": "acme-2"})
    assert vault.kept == {
        "stripe/acme-2": ({"secret_key": ACME}, {}),
        "stripe/default": ({"secret_key": LIVE}, {}),
    }
    again = found.store(only="stripe/acme", names={"stripe/acme": "acme-2"}, put=Vault().put)
    assert again.is_whole  # another vault's list would know


def test_two_of_one_name_are_not_laid_over_each_other(env_file: Path) -> None:
    """Two credentials renamed to one account: the second is left out, and the first is what was stored."""
    vault = Vault()
    found = look(env_file, REGISTRY, put=vault.put)
    stored = found.store(
        only=["stripe/default", "stripe/acme"], names={"stripe/default": "x", "stripe/acme": "x"}
    )
    assert [state for _, state, _ in stored.results] == ["stored", "left out"]
    assert vault.kept == {"stripe/x": ({"secret_key": LIVE}, {})}


def test_a_list_of_no_vault_stores_nothing(env_file: Path) -> None:
    """Without a vault's own way in, store refuses."""
    with pytest.raises(UsageError, match="no vault"):
        look(env_file, REGISTRY).store()


def test_the_environment_is_a_source() -> None:
    """Variables of the environment are read from what is given, and a shared address serves each account."""
    environment = {
        "SHOPIFY_SHOP": "acme", "SHOPIFY_ACCESS_TOKEN_ONE": SHOP, "PATH": "/bin", "HOME": "/root",
        "BAD": "\udc80", "PAYPAL_CLIENT_ID": "id-of-the-app", "PAYPAL_CLIENT_SECRET": "secret-of-the-app",
    }  # fmt: skip
    vault = Vault()
    found = look("environment", REGISTRY, put=vault.put, environment=environment)
    assert names(found) == ["paypal/default", "shopify/one"] and found.unrecognised == 2
    found.store()
    assert vault.kept["shopify/one"] == ({"token": SHOP}, {"shop": "acme"})
    assert vault.kept["paypal/default"][0].keys() == {"client_id", "client_secret"}


def test_an_address_that_leads_elsewhere_is_not_taken() -> None:
    """A part of the address that does not fit its pattern is not stored, so that no key goes to another host."""
    environment = {"SHOPIFY_ACCESS_TOKEN": SHOP, "SHOPIFY_SHOP": "evil.example/x?"}
    (one,) = look("environment", REGISTRY, environment=environment).candidates
    assert one.base == {} and one.missing == ("shop",) and "does not fit" in one.note


def test_a_refresh_token_comes_with_its_app() -> None:
    """A refresh token with its app's id and secret is whole; the id and secret alone are not, and it is said what they are."""
    app = {"DROPBOX_APP_KEY": "id-of-the-app", "DROPBOX_APP_SECRET": "secret-of-the-app"}
    (one,) = look(
        "environment", REGISTRY, environment={**app, "DROPBOX_REFRESH_TOKEN": "refresh-1"}
    ).candidates
    assert (
        set(one.fields) == {"client_id", "client_secret", "refresh_token"}
        and not one.missing
        and not one.note
    )
    (one,) = look("environment", REGISTRY, environment=app).candidates
    assert one.missing == ("refresh_token",) and "sign-in" in one.note


@pytest.mark.parametrize("name", REGISTRY.names())
def test_every_whole_credential_can_be_kept(name: str) -> None:
    """Every way of every integration is recognised under its plain names, and the vault takes it as a credential."""
    from penstock.signing import plan_account, sort_given

    integration = REGISTRY.get(name)
    usual = {one.name: one.default for one in integration.base_parameters if one.default is not None}
    base = {one.name: ADDRESSES.get(f"{name}.{one.name}", "acme") for one in integration.base_parameters}
    for way in _ways(integration):
        parts = {part: f"a-{part}-0123456789" for part in way} | {
            part: value for part, value in base.items() if part not in usual
        }
        given = {f"{name}_{part}".upper(): value for part, value in parts.items()}
        (one,) = look("environment", REGISTRY, environment=given).candidates
        assert one.name == f"{name}/default" and not one.missing
        values = {**usual, **one.fields, **one.base}
        assert plan_account(integration, sort_given(integration, values), None).fields


def test_a_key_of_another_service_is_noted() -> None:
    """A value whose shape is another service's is said to look so."""
    (one,) = look(
        "environment", REGISTRY, environment={"ANTHROPIC_API_KEY": "sk-proj-" + "a" * 30}
    ).candidates
    assert one.name == "anthropic/default" and "looks like a key of openai" in one.note


def test_netrc_is_a_source(tmp_path: Path) -> None:
    """Hosts are told by the integrations' addresses, with the login where a key has two parts, and parts of the host."""
    path = tmp_path / ".netrc"
    path.write_text(
        "machine acme.atlassian.net login me@example.com password jira-token-1\n"
        "machine github.com login me password github-token-1\n"
        "machine api.mailgun.net login api password mailgun-key-1\n"
        "machine nobody.example login me password unknown-1\n"
    )
    vault = Vault()
    found = look(path, REGISTRY, put=vault.put)
    assert found.unrecognised == 1
    found.store()
    assert vault.kept["jira/default"] == (
        {"email": "me@example.com", "api_token": "jira-token-1"},
        {"site": "acme.atlassian.net"},
    )
    assert vault.kept["github/default"] == ({"token": "github-token-1"}, {})
    assert vault.kept["mailgun/default"][0] == {"api_key": "mailgun-key-1"}


def stand_in(monkeypatch: pytest.MonkeyPatch, **functions: Callable[..., Any]) -> None:
    """Put a keyring in place of the package, which a container has no use for."""
    module = ModuleType("keyring")
    for name, function in functions.items():
        setattr(module, name, function)
    monkeypatch.setitem(sys.modules, "keyring", module)


def test_the_keyring_is_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service's key is found, with or without its user, who becomes the account."""
    both = SimpleNamespace(username="Acme Inc", password=LIVE)
    stand_in(
        monkeypatch,
        get_credential=lambda service, user: both if service == "stripe" else None,
        get_password=lambda service, user: LIVE if (service, user) == ("STRIPE_SECRET_KEY", "nova") else None,
    )
    assert names(look("keyring:stripe", REGISTRY)) == ["stripe/acme-inc"]
    assert names(look("keyring:STRIPE_SECRET_KEY/nova", REGISTRY)) == ["stripe/nova"]
    with pytest.raises(UsageError, match="nothing for other"):
        look("keyring:other", REGISTRY)
    with pytest.raises(UsageError, match="whose key"):
        look("keyring:", REGISTRY)


def test_a_keyring_that_fails_is_an_error_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a keyring raises becomes a VaultError that does not repeat it; without the package, its pip line."""

    def fail(*_: object) -> None:
        raise RuntimeError(f"while decoding {LIVE}")

    stand_in(monkeypatch, get_credential=fail)
    with pytest.raises(VaultError, match="RuntimeError") as caught:
        look("keyring:stripe", REGISTRY)
    assert LIVE not in str(caught.value) and caught.value.__context__ is None
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(DependencyMissing, match="pip install keyring"):
        look("keyring:stripe", REGISTRY)


BAD: dict[str, tuple[str, bytes, str]] = {
    "no assignment": (".env", f"A=1\n{LIVE} oops\n".encode(), "line 2 "),
    "open quote": (".env", f'A=1\nB=2\nC="{LIVE}\n'.encode(), "line 3 "),
    "no UTF-8": (".env", b"A=1\n" + LIVE.encode() + b"\xff\n", "line 2 "),
    "binary": (".env", b"\0" + LIVE.encode(), "no text file"),
    "endless": (".env", b"A=" + b"x" * 1_100_000, "no text file"),
    "netrc": (".netrc", f"machine a login b password c\n{LIVE}\n".encode(), "line 3 or the one before"),
    "netrc bytes": (".netrc", LIVE.encode() + b"\xff", "line 1 "),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_with_the_line_s_number(tmp_path: Path, case: str) -> None:
    """What cannot be read is refused with where it is; no text, frame or chained error repeats the line."""
    name, content, says = BAD[case]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError, match=says) as caught:
        look(path, REGISTRY)
    assert str(path) in str(caught.value) and caught.value.__context__ is None
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)][1:]
    assert LIVE not in str(caught.value) + "".join(repr(frame.f_locals) for frame in frames)


def test_a_source_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A missing file and a folder are refused with the sources there are."""
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(PenstockError, match="keyring:SERVICE"):
            look(path, REGISTRY)


def test_no_command_of_a_file_is_run(tmp_path: Path) -> None:
    """$(...) and backticks stay text: nothing is run, and nothing of the environment is put in."""
    path = tmp_path / ".env"
    path.write_text(f"STRIPE_SECRET_KEY=$(touch {tmp_path}/ran)\nOPENAI_API_KEY=`touch {tmp_path}/ran`\n")
    vault = Vault()
    look(path, REGISTRY, put=vault.put).store()
    assert "stripe/default" not in vault.kept
    assert not (tmp_path / "ran").exists()


def test_an_empty_source_says_so(tmp_path: Path) -> None:
    """Where nothing is recognised, that is what it says."""
    (tmp_path / ".env").write_text("A=1\n")
    found = look(tmp_path / ".env", REGISTRY)
    assert found.candidates == () and found.frame().empty and "Nothing in" in shown(found)
