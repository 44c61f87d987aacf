"""What a service's webhooks look like: how they are signed, what happened, which delivery it is. Values only.

Nothing here checks a signature; an integration states the facts.
"""

from __future__ import annotations

from dataclasses import dataclass

from penstock.errors import UsageError

ALGORITHMS = (
    "hmac-sha1", "hmac-sha256", "hmac-sha512", "sha256", "ed25519", "ecdsa-p256-sha256", "rsa-sha256", "token", "basic",
)  # fmt: skip
PLACES = ("header", "body", "query", "signature")
_PLACEHOLDERS = "{body} {timestamp} {id} {url} {method} {secret}"


@dataclass(frozen=True, slots=True)
class Signature:
    """State how a delivery proves where it comes from.

    header:    the field that holds the signature; for "token" and "basic" the one that holds the shared secret itself.
               Empty where it stands in the body, as the note says.
    signed:    what is signed, of {body} {timestamp} {id} {url} {method} {secret}; {secret} only where it is no HMAC.
    encoding:  "hex" or "base64", after `prefix` ("sha256=", "v0=").
    timestamp: where the time stands: "header:NAME", "body:PATH", or "signature:t" for a part of the field itself.
    tolerance_s: how far that time may be from now, as the service advises. secret: how its text becomes bytes:
               "utf8", "base64", "hex", or "whsec" (base64 after "whsec_").
    """

    header: str
    algorithm: str = "hmac-sha256"
    signed: str = "{body}"
    encoding: str = "hex"
    prefix: str = ""
    timestamp: str | None = None
    timestamp_unit: str = "s"
    tolerance_s: float | None = None
    secret: str = "utf8"
    note: str = ""

    def __post_init__(self) -> None:
        if self.algorithm not in ALGORITHMS:
            raise UsageError(
                f"Unknown algorithm {self.algorithm!r}.", hint=f"One of {', '.join(ALGORITHMS)}."
            )
        rest = self.signed
        for mark in _PLACEHOLDERS.split():
            rest = rest.replace(mark, "")
        if "{" in rest:
            raise UsageError(f"signed={self.signed!r} has an unknown part.", hint=f"Use {_PLACEHOLDERS}.")
        _check_place(self.timestamp)


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """State what a service's deliveries look like.

    event:     where the event's name stands: "header:X-GitHub-Event", "body:type"; None where there is only one kind.
    delivery:  where the delivery's id stands, by which a repeated one is known; None where it has none.
    handshake: what the service asks before it delivers, in a sentence; None where it asks nothing.
    answer_within_s: how soon it wants an answer. retries: what it does without one, in a sentence.
    """

    signature: Signature | None
    event: str | None = None
    delivery: str | None = None
    handshake: str | None = None
    answer_within_s: float | None = None
    retries: str = ""

    def __post_init__(self) -> None:
        _check_place(self.event)
        _check_place(self.delivery)


def _check_place(place: str | None) -> None:
    if place is not None and (place.partition(":")[0] not in PLACES or not place.partition(":")[2]):
        raise UsageError(f"{place!r} is no place.", hint='For example "header:X-Event" or "body:type".')
