from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
import threading
import traceback
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import PenstockError
from penstock.redact import HIDDEN, RedactingFilter, Secret, redact, strip_error

VALUE = "sk_test_4eC39HqLyjW/+DarjtT1 zdp7dc"


@pytest.fixture
def secret() -> Secret:
    return Secret(VALUE)


def test_a_secret_shows_its_value_in_no_text_form(secret: Secret) -> None:
    """repr, str, format, % and f-strings of a Secret, alone or in a container, do not have its value."""
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>60}",
        "%s %r" % (secret, secret),  # noqa: UP031
        repr([{"a": secret}]),
    ]
    assert all(VALUE not in text and HIDDEN in text for text in shown)
    assert secret.reveal() == VALUE


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_secret_cannot_be_pickled(secret: Secret, protocol: int) -> None:
    """No pickle protocol carries a Secret, not even inside something else."""
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps({"token": secret}, protocol)


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, json.dumps])
def test_a_secret_cannot_be_copied_or_written_as_json(secret: Secret, clone: object) -> None:
    """copy, deepcopy and JSON refuse a Secret rather than carry it."""
    with pytest.raises(TypeError) as caught:
        clone(secret)  # type: ignore[operator]
    assert VALUE not in str(caught.value)


def test_a_secret_has_no_attribute_dictionary_to_look_into(secret: Secret) -> None:
    """vars() finds nothing in a Secret, so that tools which show an object's fields show none of it."""
    with pytest.raises(TypeError):
        vars(secret)
    assert VALUE not in str(dir(secret))


def test_secrets_are_compared_by_value(secret: Secret) -> None:
    """Two Secrets of one text are equal, a Secret and its text are not."""
    assert secret == Secret(VALUE)
    assert secret != VALUE
    assert secret != Secret("another value")
    assert bool(secret) and not Secret("")


def test_only_text_becomes_a_secret() -> None:
    """Bytes are refused, and the refusal does not show them."""
    with pytest.raises(TypeError) as caught:
        Secret(b"sk_test_bytes")  # type: ignore[arg-type]
    assert "sk_test_bytes" not in str(caught.value)


SPELLINGS = {
    "clear": VALUE,
    "base64": base64.b64encode(VALUE.encode()).decode(),
    "base64 of urls": base64.urlsafe_b64encode(VALUE.encode()).decode(),
    "base64 of urls, not padded": base64.urlsafe_b64encode(VALUE.encode()).decode().rstrip("="),
    "hex": VALUE.encode().hex(),
    "HEX": VALUE.encode().hex().upper(),
    "quote": quote(VALUE),
    "quote, slashes too": quote(VALUE, safe=""),
    "quote_plus": quote_plus(VALUE),
    "a form": urlencode({"key": VALUE}),
    "JSON": json.dumps(VALUE),
    "JSON as PHP writes it": json.dumps(VALUE).replace("/", "\\/"),
    "lower percent codes": quote(VALUE, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
    "repr": repr(VALUE),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_redacted_in_each_spelling(secret: Secret, spelling: str) -> None:
    """Whichever way a value is written, redact takes all of it out and leaves what stands around it."""
    text = redact(f"before {SPELLINGS[spelling]} after")
    assert SPELLINGS[spelling] not in text
    assert text.startswith("before ") and text.endswith(" after") and HIDDEN in text
    assert _longest_shared(SPELLINGS[spelling], text) < 6


@pytest.mark.parametrize(
    "value", ['quote"inside', "back\\slash", "ünïcødé-密", "line\nbreak", "it's it", "a&b<c>d", "tab\there"]
)
def test_a_secret_with_odd_characters_is_redacted_however_it_is_escaped(value: str) -> None:
    """Escaped for JSON (ASCII or not), for Python, or for a URL, a value with odd characters is found."""
    odd = Secret(value)
    written = [
        value,
        json.dumps(value),
        json.dumps(value, ensure_ascii=False),
        repr(value),
        quote(value),
        quote_plus(value),
    ]
    assert [text for text in written if HIDDEN not in redact(f"x{text}x")] == []
    assert odd.reveal() == value


@pytest.mark.parametrize("length", range(16, 22))
@pytest.mark.parametrize("before", ["", "anystring:", "user@example.com:", "me:", "api:"])
@pytest.mark.parametrize("after", ["", ":", ":x", "!\n"])
def test_basic_auth_shows_no_two_characters_of_a_secret(length: int, before: str, after: str) -> None:
    """Inside base64 text, at any offset and with anything behind it, not even two characters are readable."""
    value = "0123456789abcdefghijklmnopqrstuvwxyz"[:length]
    holder = Secret(value)
    left, found, right = redact(base64.b64encode(f"{before}{value}{after}".encode()).decode()).partition(
        HIDDEN
    )
    assert found
    assert value[:2].encode() not in base64.b64decode(left + "A" * (-len(left) % 4))
    assert value[-2:].encode() not in base64.b64decode("A" * (-len(right) % 4) + right)
    assert holder.reveal() == value


def test_without_the_secret_nothing_is_taken_out() -> None:
    """A value is redacted while its Secret lives, and only then (the control: the same text without it)."""
    text = "sk_live_notknownhere in the open"
    assert redact(text) == text
    holder = Secret("sk_live_notknownhere")
    assert redact(text) == f"{HIDDEN} in the open"
    del holder
    assert redact(text) == text


def test_a_short_secret_does_not_blank_out_words() -> None:
    """A value under 6 characters is hidden in its own repr but not sought in texts."""
    short = Secret("api")
    assert redact("the api answered") == "the api answered"
    assert "api" not in repr(short)


def test_one_secret_inside_another_leaves_nothing() -> None:
    """Where one value is a part of another, no part of the longer one is left."""
    inner, outer = Secret("abcdefgh"), Secret("abcdefgh-and-the-rest")
    assert redact(f"key={outer.reveal()};") == f"key={HIDDEN};"
    assert redact(f"key={inner.reveal()};") == f"key={HIDDEN};"


@given(st.text(min_size=6, max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_the_value_is_never_in_the_redacted_text(value: str, before: str, after: str) -> None:
    """Whatever stands around it, the value of a living Secret is not in the redacted text."""
    holder = Secret(value)
    if value not in HIDDEN:
        assert holder.reveal() not in redact(before + value + after).replace(HIDDEN, "\0")


def test_an_error_about_a_secret_does_not_carry_it(secret: Secret) -> None:
    """An error's message, hint, repr, pickle and traceback are free of a secret put into its text."""
    try:
        raise PenstockError(f"The service said: key {VALUE} is wrong.", hint=f"Not {VALUE}.")
    except PenstockError as error:
        seen = [str(error), repr(error), error.hint or "", repr(pickle.dumps(error)), repr(error.args)]
        seen.append("".join(traceback.format_exception_only(error)))
        seen += error._render_traceback_()
    assert all(VALUE not in text for text in seen)
    assert any(HIDDEN in text for text in seen)


def test_a_traceback_with_locals_shows_no_secret(secret: Secret) -> None:
    """A traceback that prints local variables prints the Secret's mark."""

    def call(token: Secret) -> None:
        raise ValueError("it failed")

    try:
        call(secret)
    except ValueError as error:
        text = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert HIDDEN in text
    assert VALUE not in text


def test_a_log_record_is_cleaned_before_it_is_written(
    secret: Secret, caplog: pytest.LogCaptureFixture
) -> None:
    """Through RedactingFilter a value among logging's arguments reaches no handler; without it, it does."""
    log = logging.getLogger("tests.redact")
    with caplog.at_level(logging.DEBUG, "tests.redact"):
        log.debug("sending %s", VALUE)
        log.addFilter(clean := RedactingFilter())
        try:
            log.debug("sending %s with %d", VALUE, 3)
        finally:
            log.removeFilter(clean)
    assert caplog.messages == [f"sending {VALUE}", f"sending {HIDDEN} with 3"]


def test_a_logged_traceback_is_cleaned(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    """The traceback of a foreign exception whose message has the value is logged without it."""
    log = logging.getLogger("tests.redact")
    log.addFilter(clean := RedactingFilter())
    try:
        raise ValueError(f"bad key {VALUE}")
    except ValueError:
        log.exception("It failed.", stack_info=True)
    finally:
        log.removeFilter(clean)
    assert VALUE not in caplog.text
    assert f"ValueError: bad key {HIDDEN}" in caplog.text


def test_a_record_whose_arguments_do_not_fit_never_raises_in_the_caller(secret: Secret) -> None:
    """RedactingFilter lets a wrong logging call pass, as logging itself does."""
    record = logging.LogRecord("x", logging.INFO, "f.py", 1, "%d rows", ("many",), None)
    assert RedactingFilter().filter(record)


def test_redact_works_while_secrets_come_and_go_in_other_threads() -> None:
    """Secrets made and collected in other threads never make redact fail."""
    stop, failures = threading.Event(), []

    def churn() -> None:
        while not stop.is_set():
            [Secret(f"secret-number-{number}") for number in range(200)]

    def read() -> None:
        try:
            for _ in range(300):
                redact("a text of no interest")
        except Exception as error:
            failures.append(error)

    makers = [threading.Thread(target=churn) for _ in range(2)]
    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in makers + readers:
        thread.start()
    for thread in readers:
        thread.join(60)
    stop.set()
    for thread in makers:
        thread.join(10)
    assert failures == []


def _longest_shared(one: str, other: str) -> int:
    """Return the length of the longest stretch of `one` that is in `other`."""
    best = 0
    for start in range(len(one)):
        while start + best < len(one) and one[start : start + best + 1] in other:
            best += 1
    return best


def test_a_librarys_error_is_stripped(secret: Secret) -> None:
    """strip_error takes secrets out of an error's words, and its frames, attributes and those of its causes away."""

    def careless(sent: str) -> None:
        try:
            raise RuntimeError(f"no answer to {sent}", {"causes": [{"message": sent}]}, 7)
        except RuntimeError as exc:
            error = ValueError(f"sent {sent}")
            error.request = sent  # type: ignore[attr-defined]
            raise error from exc

    with pytest.raises(ValueError, match="sent") as caught:
        careless(secret.reveal())
    error = caught.value
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert VALUE in "".join(whole.format())  # the control
    assert strip_error(error, None) is error
    cause = error.__cause__
    assert cause is not None and cause.args[2] == 7 and HIDDEN in str(cause) and HIDDEN in str(error)
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    for text in ("".join(shown.format()), repr(vars(error)), repr(cause), repr(error)):
        assert VALUE not in text and repr(VALUE) not in text


def test_an_error_that_was_handled_before_keeps_all() -> None:
    """What was being handled when the library was called is not the library's: words, attributes and frames stay."""
    try:
        raise KeyError("mine")
    except KeyError as mine:
        vars(mine)["more"] = 1
        try:
            raise RuntimeError("the library's")
        except RuntimeError as exc:
            assert strip_error(exc, mine).__traceback__ is None and exc.__context__ is mine
        assert mine.__traceback__ is not None and vars(mine) == {"more": 1}


def test_a_secret_is_redacted_in_an_address_within_an_address(secret: Secret) -> None:
    """Url-encoded twice, or as base64 and then url-encoded, a value is found as well."""
    basic = base64.b64encode(f"user:{VALUE}".encode()).decode()
    for text in (quote(quote(VALUE, safe=""), safe=""), quote(basic, safe="")):
        assert HIDDEN in redact(f"to=/x?echo={text}")
    assert "4eC39HqLyjW" not in redact(quote(quote(VALUE, safe=""), safe=""))
