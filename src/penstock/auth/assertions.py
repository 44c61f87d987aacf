"""What a service account signs to get a token: a JWT, RS256 (RFC 7523). No I/O, no clock."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penstock.errors import UsageError
from penstock.redact import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

BACKDATED_S = 30.0  # so that a server whose clock is a little behind does not see it as from the future
LONGEST_S = 3600.0  # Google's most; GitHub takes ten minutes, Salesforce three
_SMALLEST_BITS = 2048
_COPY_AGAIN = "Copy the whole key, from -----BEGIN to the END line, from the file the service gave you."


def build_assertion(
    private_key: Secret,
    *,
    issuer: str,
    wall: float,
    lifetime_s: float,
    audience: str | None = None,
    subject: str | None = None,
    scopes: tuple[str, ...] = (),
    key_id: str | None = None,
    claims: Mapping[str, Any] | None = None,
) -> Secret:
    """Return a signed assertion that holds until `lifetime_s` after `wall`.

    private_key: RSA, in PEM form; a key copied out of a JSON file, with \\n for its line ends, does as well.
    wall:        the server's time in seconds since 1970: ours, and `read_skew_s` of an answer where one was seen.
    Raises UsageError where the key is no such key.
    """
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    if not 0 < lifetime_s <= LONGEST_S - BACKDATED_S:
        raise UsageError(
            f"An assertion cannot hold for {lifetime_s:g} s.",
            hint=f"Give a lifetime of at most {LONGEST_S - BACKDATED_S:g} s.",
        )
    key = _load(private_key)
    head = {"alg": "RS256", "typ": "JWT", **({"kid": key_id} if key_id else {})}
    own: dict[str, Any] = {"iss": issuer, "iat": int(wall - BACKDATED_S), "exp": int(wall + lifetime_s)}
    own |= {"aud": audience} if audience else {}
    own |= {"sub": subject} if subject else {}
    own |= {"scope": " ".join(scopes)} if scopes else {}
    twice = sorted(own.keys() & (claims or {}).keys())
    if twice:
        raise UsageError(
            f"The claim {', '.join(twice)} is said twice.", hint="Leave it out of the further claims."
        )
    signed = f"{_encode(json.dumps(head).encode())}.{_encode(json.dumps({**own, **(claims or {})}).encode())}"
    signature = key.sign(signed.encode(), PKCS1v15(), SHA256())
    return Secret(f"{signed}.{_encode(signature)}")


def _load(private_key: Secret) -> RSAPrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = private_key.reveal().replace("\\n", "\n").strip() + "\n"
    try:
        key = load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise UsageError(
            "The private key is protected by a password.",
            hint="Give it without: openssl rsa -in key.pem -out plain.pem; the vault keeps it encrypted.",
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        # Without the cause: what the library quotes may be of the key.
        raise UsageError("The private key is not one in PEM form.", hint=_COPY_AGAIN) from None
    if not isinstance(key, RSAPrivateKey):
        raise UsageError(
            "The private key is not an RSA key; RS256 needs one.",
            hint="Have the service make an RSA key for this account.",
        )
    if key.key_size < _SMALLEST_BITS:
        raise UsageError(
            f"The private key has {key.key_size} bits; at least {_SMALLEST_BITS} are needed.",
            hint="Have the service make a new key.",
        )
    return key


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
