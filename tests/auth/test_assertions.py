"""What a service account signs: checked with the public key, as the service would."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from penstock.auth.assertions import build_assertion
from penstock.errors import UsageError
from penstock.redact import Secret

WALL = 1_800_000_000.0
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any = KEY, locked: KeySerializationEncryption | None = None) -> str:
    raw: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked or NoEncryption())
    return raw.decode()


def build(key: str, **options: Any) -> str:
    options = {"issuer": "robot@service.example", "wall": WALL, "lifetime_s": 180.0, **options}
    return build_assertion(Secret(key), **options).reveal()


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verify(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    signed, _, signature = token.rpartition(".")
    KEY.public_key().verify(decode(signature), signed.encode(), padding.PKCS1v15(), SHA256())
    head, claims = (json.loads(decode(part)) for part in signed.split("."))
    return head, claims


def test_the_public_key_confirms_what_was_signed() -> None:
    """Header and claims are those asked for, and one changed character breaks the signature."""
    token = build(
        pem(),
        audience="https://service.example/token",
        subject="ada",
        scopes=("a", "b"),
        key_id="k1",
        claims={"jti": "1"},
    )
    head, claims = verify(token)
    assert head == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert claims == {
        "iss": "robot@service.example",
        "aud": "https://service.example/token",
        "sub": "ada",
        "scope": "a b",
        "iat": WALL - 30,
        "exp": WALL + 180,
        "jti": "1",
    }
    with pytest.raises(InvalidSignature):  # the control
        verify(("A" if token[0] != "A" else "B") + token[1:])
    assert verify(build(pem()))[1].keys() == {"iss", "iat", "exp"}


def test_a_key_copied_out_of_json_does_as_well() -> None:
    """Line ends written as a backslash and an n are line ends; space around the key does not matter."""
    verify(build(pem().replace("\n", "\\n")))
    verify(build(f"  {pem()}\n\n"))


def refused_keys() -> list[tuple[str, str]]:
    return [
        (pem(locked=BestAvailableEncryption(b"password")), "protected by a password"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "not an RSA key"),
        (pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "1024 bits"),
        (pem()[:600], "not one in PEM form"),
        ("no key at all", "not one in PEM form"),
        ("", "not one in PEM form"),
        ("ä\x00", "not one in PEM form"),
    ]


@pytest.mark.parametrize(
    ("key", "words"), refused_keys(), ids=lambda value: value[:24] if " " in value else "key"
)
def test_a_key_that_will_not_do_is_named_without_being_shown(key: str, words: str) -> None:
    """Locked, of another kind, too small, cut or no key: the error says which, and nothing of the key."""
    with pytest.raises(UsageError, match=words) as caught:
        build(key)
    shown = f"{caught.value}{caught.value.__cause__}"
    assert caught.value.hint and not any(line in shown for line in key.splitlines()[1:-1] if line)


def test_an_assertion_is_not_made_for_longer_than_an_hour() -> None:
    """No lifetime, a negative one, more than an hour in all, and a claim said twice are refused."""
    for lifetime_s in (0.0, -1.0, 3600.0, float("nan")):
        with pytest.raises(UsageError, match="cannot hold"):
            build(pem(), lifetime_s=lifetime_s)
    verify(build(pem(), lifetime_s=3570.0))
    with pytest.raises(UsageError, match="claim exp is said twice"):
        build(pem(), claims={"exp": 2**40})


def test_an_assertion_shows_neither_itself_nor_the_key() -> None:
    """What is returned is a Secret."""
    assertion = build_assertion(Secret(pem()), issuer="i", wall=WALL, lifetime_s=60.0)
    assert isinstance(assertion, Secret) and assertion.reveal() not in repr(assertion)
