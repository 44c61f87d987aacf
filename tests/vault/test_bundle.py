from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from vaults import KEY, OTHER, PASSWORD, TOKEN, make_vault, open_bytes, pass_time

from penstock.errors import SealExpired, UnknownName, UsageError, VaultDamaged, VaultError, WrongPassword
from penstock.redact import Secret
from penstock.testing import FakeClock
from penstock.vault.bundle import open_sealed


def test_a_bundle_holds_what_was_chosen_and_nothing_else(tmp_path: Path) -> None:
    """An opened bundle gives the accounts that were named, with their meta and versions, and no other."""
    vault = make_vault(tmp_path)
    sealed = vault.seal(["stripe/acme"])
    bundle = open_sealed(sealed.text, sealed.key)
    assert bundle.get("stripe", "acme").fields == {"token": TOKEN}
    assert bundle.list() == tuple(entry for entry in vault.list() if entry.integration == "stripe")
    with pytest.raises(UnknownName):
        bundle.get("github", "me")


def test_a_bundle_can_be_pasted(tmp_path: Path) -> None:
    """Broken into lines and indented, the text still opens; it is plain ASCII and without the secret."""
    sealed = make_vault(tmp_path).seal(["stripe/acme", "github/me"])
    pasted = textwrap.indent("\r\n".join(textwrap.wrap(sealed.text, 60)), "    ")
    assert open_sealed(pasted, sealed.key).get("github", "me").fields == {"token": KEY}
    assert sealed.text.isascii()
    assert sealed.key.reveal() not in sealed.text and TOKEN.reveal() not in sealed.text


def test_a_bundle_shares_no_key_with_the_vault(tmp_path: Path) -> None:
    """Vid, vault key and every wrapped key are the bundle's own: its key opens nothing of the vault."""
    vault = make_vault(tmp_path)
    sealed = vault.seal("stripe/acme")
    inside = open_sealed(sealed.text, sealed.key)._contents
    outside = open_bytes(vault.path.read_bytes())[0]
    assert inside.keys.vid != outside.keys.vid
    assert inside.keys.vault_key.reveal() != outside.keys.vault_key.reveal()
    assert inside.image.records[0].ciphertext not in {record.ciphertext for record in outside.image.records}
    with pytest.raises(UsageError):
        vault.unlock(key_file=Secret(PASSWORD.reveal()))
    vault.lock()
    with pytest.raises(WrongPassword):
        vault.unlock(key_file=sealed.key)


def test_a_bundle_ends(tmp_path: Path) -> None:
    """Until its time a bundle opens and gives; after it, an opened one gives nothing more and none opens."""
    clock = FakeClock()
    vault = make_vault(tmp_path, clock=clock)
    sealed = vault.seal(["stripe/acme"], expires_s=3600)
    pass_time(clock, 3599)
    bundle = open_sealed(sealed.text, sealed.key, clock=clock)
    assert bundle.get("stripe", "acme")
    pass_time(clock, 2)
    for use in (lambda: bundle.get("stripe", "acme"), bundle.list):
        with pytest.raises(SealExpired, match="ended at"):
            use()
    with pytest.raises(SealExpired):
        open_sealed(sealed.text, sealed.key, clock=clock)
    with pytest.raises(SealExpired, match="clock says"):
        open_sealed(sealed.text, sealed.key, clock=FakeClock(wall=clock.wall() - 10 * 86_400))


def test_a_changed_bundle_or_another_key_does_not_open(tmp_path: Path) -> None:
    """Every tenth letter exchanged, a text cut short, another key: each is an error of the vault's."""
    vault = make_vault(tmp_path)
    sealed, other = vault.seal(["stripe/acme"]), vault.seal(["stripe/acme"])
    text = sealed.text
    for at in range(0, len(text), 10):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(VaultError):
            open_sealed(changed, sealed.key)
    for length in range(0, len(text), 10):
        with pytest.raises(VaultError):
            open_sealed(text[:length], sealed.key)
    with pytest.raises(WrongPassword):
        open_sealed(text, other.key)
    with pytest.raises(UsageError):
        open_sealed(text, OTHER)
    with pytest.raises(VaultDamaged, match="no sealed bundle"):
        open_sealed("hello", sealed.key)


@pytest.mark.parametrize(
    ("names", "expires_s", "says"),
    [
        ([], 60, "one account"),
        (["stripe/acme"], 0, "expires_s"),
        (["stripe/acme"], float("inf"), "expires_s"),
        (["stripe/acme"], float("nan"), "expires_s"),
    ],
)
def test_what_cannot_be_sealed_is_refused(
    tmp_path: Path, names: list[str], expires_s: float, says: str
) -> None:
    """A bundle of nothing, or without a time, is UsageError."""
    with pytest.raises(UsageError, match=says):
        make_vault(tmp_path).seal(names, expires_s=expires_s)


def test_an_account_that_is_not_there_cannot_be_sealed(tmp_path: Path) -> None:
    """A wrong name says which are near."""
    with pytest.raises(UnknownName, match="acme"):
        make_vault(tmp_path).seal(["stripe/acne"])


def test_fields_that_are_left_out_stay_behind(tmp_path: Path) -> None:
    """leave_out= takes the named fields of the named account out of the bundle, and nothing of it is in its bytes; the vault
    has them still, and so has a bundle without it (the control).
    """
    vault = make_vault(tmp_path)
    fields = {"access_token": TOKEN, "refresh_token": KEY, "client_secret": OTHER}
    for name in ("acme", "other"):
        vault.put("quickbooks", name, fields)
    names = ["quickbooks/acme", "quickbooks/other", "stripe/acme"]
    sealed = vault.seal(
        names, leave_out={"quickbooks/acme": ["refresh_token", "client_secret", "no_such_field"]}
    )
    bundle = open_sealed(sealed.text, sealed.key)
    assert bundle.get("quickbooks", "acme").fields == {"access_token": TOKEN}
    assert bundle.get("quickbooks", "other").fields == fields
    assert bundle.get("stripe", "acme").fields == {"token": TOKEN}
    assert vault.get("quickbooks", "acme").fields == fields
    whole = vault.seal(names)
    assert open_sealed(whole.text, whole.key).get("quickbooks", "acme").fields == fields


@pytest.mark.parametrize("leave_out", [{}, None, {"quickbooks/nobody": ["token"]}, {"github/me": ["token"]}])
def test_leaving_out_of_an_account_that_is_not_sealed_changes_nothing(
    tmp_path: Path, leave_out: dict[str, list[str]] | None
) -> None:
    """An account that is not among those named, or nowhere, has nothing to leave out."""
    sealed = make_vault(tmp_path).seal(["stripe/acme"], leave_out=leave_out)
    assert open_sealed(sealed.text, sealed.key).get("stripe", "acme").fields == {"token": TOKEN}


def test_a_bundle_of_everything_left_out_opens_all_the_same(tmp_path: Path) -> None:
    """Where every field stays behind the account is there with none, and the bundle is sound."""
    sealed = make_vault(tmp_path).seal(["stripe/acme"], leave_out={"stripe/acme": ["token"]})
    bundle = open_sealed(sealed.text, sealed.key)
    assert [entry.account for entry in bundle.list()] == ["acme"] and bundle.get(
        "stripe", "acme"
    ).fields == {}
