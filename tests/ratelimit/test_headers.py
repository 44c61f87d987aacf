"""Fields in, one value out; and whatever stands in them, never an exception and never long."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penstock.model import Headers
from penstock.ratelimit.headers import RateHeaders, RateLimitHint, parse_retry_after, read_headers

WALL = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT
DATE = "Fri, 15 Jan 2027 08:00:00 GMT"


def read(
    *fields: tuple[str, str], declared: RateHeaders | None = None, wall: float = WALL
) -> RateLimitHint | None:
    return read_headers(Headers(fields), declared, wall=wall)


# Retry-After


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("2.0", 2.0),
        ("0.25", 0.25),
        ("999999999", 999_999_999.0),
        ("-5", 0.0),
        ("Fri, 15 Jan 2027 08:02:00 GMT", 120.0),
        ("Friday, 15-Jan-27 08:02:00 GMT", 120.0),
        ("Fri Jan 15 08:02:00 2027", 120.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("", None),
        ("1234567890", None),
        ("1e3", None),
        ("10s", None),
        ("١٢", None),
        ("5, 5", None),
        ("soon", None),
        ("Fri, 15 Jan 2027 08:02:00 CET", None),
        ("Fri, 31 Feb 2027 08:02:00 GMT", None),
        ("Fri, 15 Jan 2027 25:02:00 GMT", None),
        ("Fri, 15 Jan 9999 08:02:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_one_of_three_dates(value: str, seconds: float | None) -> None:
    """Seconds with or without decimals and the three HTTP dates are read as UTC; anything else is as if not there."""
    assert parse_retry_after(value, wall=WALL, date=None) == seconds


@pytest.mark.parametrize("skew_s", [-7200, 3600, 90_000_000])
def test_a_clock_that_is_wrong_does_not_matter(skew_s: int) -> None:
    """Two minutes by the service's own Date are two minutes, however far our clock is off."""
    assert parse_retry_after("Fri, 15 Jan 2027 08:02:00 GMT", wall=WALL + skew_s, date=DATE) == 120.0
    hint = read(
        ("X-RateLimit-Remaining", "1"),
        ("X-RateLimit-Reset", "1800000060"),
        ("Date", DATE),
        wall=WALL + skew_s,
    )
    assert hint is not None and hint.reset_in_s == 60.0


def test_control_without_a_date_the_clock_does_matter() -> None:
    """An hour's error is an hour's error where the answer has no Date."""
    assert parse_retry_after("Fri, 15 Jan 2027 09:02:00 GMT", wall=WALL + 3600, date=None) == 120.0


def test_the_two_digit_year_is_never_far_in_the_future() -> None:
    """RFC 9110 §5.6.7: 94 is 1994, not 2094, and lies in the past."""
    assert parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", wall=WALL, date=None) == 0.0


# RateLimit and RateLimit-Policy


def test_the_current_draft_is_read() -> None:
    """r is what remains, t the seconds to the reset, q of the policy with that name the limit."""
    hint = read(
        ("RateLimit", '"default";r=50;t=30'), ("RateLimit-Policy", '"burst";q=10;w=1, "default";q=100;w=60')
    )
    assert hint == RateLimitHint(limit=100, remaining=50, reset_in_s=30, scope="default")


def test_a_lone_policy_belongs_to_a_lone_limit() -> None:
    """Cloudflare calls the limit "default" and its policy "burst"; they are one."""
    hint = read(("Ratelimit", '"default";r=50;t=30'), ("Ratelimit-Policy", '"burst";q=100;w=60'))
    assert hint is not None and hint.limit == 100


def test_of_several_limits_the_tightest_is_told() -> None:
    """Of a minute with plenty left and an hour with nothing left the hour is told."""
    hint = read(("RateLimit", '"minute";r=40;t=50, "hour";r=0;t=3000'))
    assert hint is not None and (hint.scope, hint.remaining, hint.reset_in_s) == ("hour", 0, 3000)


def test_the_quotas_unit_is_told() -> None:
    """A quota of bytes is not taken for one of requests."""
    hint = read(("RateLimit", '"b";r=5;t=1'), ("RateLimit-Policy", '"b";q=1000;qu="content-bytes";w=1'))
    assert hint is not None and hint.unit == "content-bytes"


@pytest.mark.parametrize(
    "fields",
    [
        (("RateLimit", "limit=100, remaining=50, reset=5"), ("RateLimit-Policy", "100;w=10")),
        (("RateLimit-Limit", "100"), ("RateLimit-Remaining", "50"), ("RateLimit-Reset", "5")),
        (("RATELIMIT-LIMIT", "100, 100;w=10"), ("ratelimit-remaining", "50"), ("RateLimit-reset", "5")),
        (("X-RateLimit-Limit", "100"), ("X-RateLimit-Remaining", "50"), ("X-RateLimit-Reset", "5")),
        (("x-rate-limit-limit", "100"), ("x-rate-limit-remaining", "50"), ("x-rate-limit-reset", "5")),
    ],
)
def test_earlier_forms_say_the_same(fields: tuple[tuple[str, str], ...]) -> None:
    """Draft -07's dictionary, the three fields of earlier drafts in any case, and X-RateLimit-* read alike."""
    assert read(*fields) == RateLimitHint(limit=100, remaining=50, reset_in_s=5)


# X-RateLimit-*


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        ("1800000060", 60.0),
        ("1800000060000", 60.0),
        ("1800000060.5", 60.5),
        ("1799999000", 0.0),
        ("2027-01-15T08:01:00Z", 60.0),
        ("2027-01-15T09:01:00.500+01:00", 60.5),
        (formatdate(WALL + 60, usegmt=True), 60.0),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        ("120ms", 0.12),
        ("1d", 86_400.0),
        ("tomorrow", None),
        ("99999999999999999", None),
    ],
)
def test_a_reset_is_read_by_its_magnitude(value: str, seconds: float | None) -> None:
    """Epoch seconds, epoch milliseconds, seconds from now, dates and durations are told apart by what they look like."""
    hint = read(("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", value))
    assert hint is not None and hint.reset_in_s == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("unit", "value", "seconds"),
    [
        ("delta_s", "1800000060", None),
        ("delta_ms", "1500", 1.5),
        ("epoch_s", "1800000010", 10.0),
        ("epoch_ms", "1800000010000", 10.0),
        ("iso", "2027-01-15T08:00:10Z", 10.0),
        ("duration", "6m0s", 360.0),
    ],
)
def test_an_integration_may_say_what_its_reset_is(unit: str, value: str, seconds: float | None) -> None:
    """The unit an integration declares wins over the guess by magnitude."""
    declared = RateHeaders(remaining="X-Left", reset="X-Reset", reset_unit=unit)
    hint = read(("x-left", "3"), ("x-reset", value), declared=declared)
    assert hint is not None and hint.reset_in_s == seconds


def test_an_integrations_own_fields_win() -> None:
    """What the integration names is read, its scope with it, and the usual fields only where those are missing."""
    declared = RateHeaders(limit="X-Max", remaining="X-Left", scope="X-Bucket")
    own = (("X-Max", "10"), ("X-Left", "4"), ("X-Bucket", "core"))
    usual = (("RateLimit-Limit", "99"), ("RateLimit-Remaining", "98"))
    assert read(*own, *usual, declared=declared) == RateLimitHint(limit=10, remaining=4, scope="core")
    assert read(*usual, declared=declared) == RateLimitHint(limit=99, remaining=98)


@pytest.mark.parametrize(
    ("unit", "value", "seconds"), [("ms", "1500", 1.5), ("epoch_s", "1800000010", 10.0), ("s", "3", 3.0)]
)
def test_a_retry_after_of_ones_own_is_read_in_its_unit(unit: str, value: str, seconds: float) -> None:
    """A field with milliseconds or an instant is read as what the integration says it is."""
    declared = RateHeaders(retry_after="X-Wait", retry_after_unit=unit)
    assert read(("X-Wait", value), declared=declared) == RateLimitHint(retry_after_s=seconds)


def test_openais_fields_are_known() -> None:
    """x-ratelimit-*-requests and retry-after-ms are read without being declared."""
    hint = read(
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-remaining-requests", "59"),
        ("x-ratelimit-reset-requests", "1s"),
        ("retry-after-ms", "250"),
    )
    assert hint == RateLimitHint(limit=60, remaining=59, reset_in_s=1.0, retry_after_s=0.25)


def test_no_limit_is_not_a_limit_of_nothing() -> None:
    """-1 for limit and remaining means that there is none; -3 left of 10 means none left."""
    assert read(("X-RateLimit-Limit", "-1"), ("X-RateLimit-Remaining", "-1")) is None
    hint = read(("X-RateLimit-Limit", "10"), ("X-RateLimit-Remaining", "-3"))
    assert hint is not None and hint.remaining == 0


def test_fields_that_say_nothing_are_nothing() -> None:
    """An answer without such fields, or with only unreadable ones, gives None."""
    assert read() is None
    assert read(("content-type", "text/html"), ("x-request-id", "1")) is None
    assert read(("retry-after", "later"), ("ratelimit", "???"), ("x-ratelimit-limit", "many")) is None


# Whatever stands there

FORMS = (
    st.text(max_size=300)
    | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1"))
    | st.from_regex(
        r'"?[a-z]{1,8}"?(;[a-z]{1,3}=-?[0-9]{1,18}(\.[0-9]{1,4})?){0,4}(, ?[a-z=;0-9"]{0,20}){0,4}'
    )
    | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
    | st.from_regex(r"-?[0-9]{0,25}(\.[0-9]{0,25})?(ms|s|m|h|d)?")
    | st.sampled_from(
        ["nan", "inf", "-inf", "1e999", "0x10", "1_000", "\ud800", "٣", "²", "\x00", ":w==:;r=1", "@1"]
    )
)
NAMES = st.sampled_from(
    ["Retry-After", "retry-after-ms", "RateLimit", "ratelimit-policy", "RateLimit-Limit", "RateLimit-Remaining",
     "RateLimit-Reset", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "Date"]
)  # fmt: skip
DECLARED = st.none() | st.builds(
    RateHeaders,
    limit=st.none() | NAMES,
    remaining=st.none() | NAMES,
    reset=st.none() | NAMES,
    reset_unit=st.sampled_from(["auto", "epoch_s", "epoch_ms", "delta_s", "delta_ms", "iso", "duration"]),
    retry_after=NAMES,
    retry_after_unit=st.sampled_from(["s", "ms", "epoch_s"]),
    scope=st.none() | NAMES,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(NAMES, FORMS), max_size=8), DECLARED, st.floats(0, 4e9))
@example([("RateLimit", '"a";r=1;t=' + "9" * 15)], None, WALL)
@example([("Retry-After", "1"), ("Date", "Thu, 01 Jan 1970 00:00:00 GMT")], None, 0.0)
def test_any_fields_give_a_value_or_none(
    fields: list[tuple[str, str]], declared: RateHeaders | None, wall: float
) -> None:
    """No field makes the reader raise, and every number it gives is finite and not negative."""
    hint = read_headers(Headers(fields), declared, wall=wall)
    assert hint is None or isinstance(hint, RateLimitHint)
    if hint is not None:
        for number in (hint.limit, hint.remaining, hint.reset_in_s, hint.retry_after_s):
            assert number is None or 0 <= number < 1e18


@settings(max_examples=200, deadline=None)
@given(FORMS, FORMS | st.none(), st.floats(0, 4e9))
def test_any_retry_after_gives_a_value_or_none(value: str, date: str | None, wall: float) -> None:
    """No Retry-After and no Date make the parser raise; what it gives is at most ten years or nine digits."""
    seconds = parse_retry_after(value, wall=wall, date=date)
    assert seconds is None or 0 <= seconds <= 1e9


@pytest.mark.parametrize(
    "value",
    ["1" * 5_000_000, "a;" * 1_000_000, '"' + "\\" * 2_000_000, "(" * 1_000_000, "1, " * 1_000_000, " " * 3_000_000,
     "0" * 63, "1h" * 500_000, "Fri, " * 500_000],
)  # fmt: skip
def test_megabytes_take_no_time(value: str) -> None:
    """Fields of megabytes are not looked at: 100 of them are read within a second."""
    headers = Headers(
        [
            (name, value)
            for name in ("retry-after", "ratelimit", "ratelimit-policy", "x-ratelimit-reset", "date")
        ]
    )
    declared = RateHeaders(limit="ratelimit", reset="date", reset_unit="duration", scope="ratelimit")
    started = time.process_time()
    for _ in range(50):
        read_headers(headers, None, wall=WALL)
        read_headers(headers, declared, wall=WALL)
    assert time.process_time() - started < 1.0
