"""What can be said of a service's webhooks, and what is refused."""

from __future__ import annotations

import pytest

from penstock.catalog.webhooks import Signature, WebhookSource
from penstock.errors import UsageError


def test_a_source_says_how_and_where() -> None:
    """Signature, event and delivery are places in header fields or the body."""
    signature = Signature("X-Sig", signed="{timestamp}.{body}", timestamp="signature:t", tolerance_s=300)
    source = WebhookSource(signature, event="body:type", delivery="header:X-Id", answer_within_s=5)
    assert source.signature is signature


@pytest.mark.parametrize(
    "facts",
    [{"algorithm": "md5"}, {"signed": "{body}{nonce}"}, {"timestamp": "X-Time"}, {"timestamp": "header:"}],
)
def test_what_nobody_could_check_is_refused(facts: dict[str, str]) -> None:
    """An unknown algorithm, an unknown part of what is signed, and a place that is none are refused."""
    with pytest.raises(UsageError):
        Signature("X-Sig", **facts)


def test_a_place_that_is_none_is_refused() -> None:
    """An event stands in a header field, the body or the query."""
    with pytest.raises(UsageError, match="no place"):
        WebhookSource(None, event="type")
