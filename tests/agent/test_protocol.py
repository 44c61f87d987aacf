from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from agent_fakes import CANARY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock import errors
from penstock.agent.operations import OPERATIONS
from penstock.agent.protocol import (
    MOST_ANSWER,
    MOST_REQUEST,
    Request,
    body_length,
    build_answer,
    build_frame,
    build_refusal,
    build_request,
    decode,
    encode,
    read_answer,
    read_request,
)
from penstock.errors import PenstockError, ProviderError, UnlockDelayed, UsageError
from penstock.redact import Secret

FEW = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))

UNLOCK = {"v": 1, "op": "unlock", "arguments": {"password": {"$secret": CANARY}}}

texts = st.text(st.characters(codec="utf-8"), max_size=20)
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
leaves = plain | texts | st.builds(Secret, texts)
carried = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(texts.filter(lambda name: name != "$secret"), inner, max_size=4)
    ),
    max_leaves=20,
)
# What may come decoded from anybody: half of it nearly right.
words = st.sampled_from(
    ["v", "op", "arguments", "$secret", "password", "integration", "account", "fields", "base"]
)
trees = st.recursive(
    plain | texts | st.just(1) | st.sampled_from(sorted(OPERATIONS)) | st.just({"$secret": "x"}),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | texts, inner, max_size=5),
    max_leaves=25,
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "v": st.just(1) | trees,
        "op": st.sampled_from(sorted(OPERATIONS)) | trees,
        "arguments": st.dictionaries(words, trees, max_size=6) | trees,
    },
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Give a true request with some of its bytes changed, cut out or put in."""
    raw = bytearray(json.dumps(UNLOCK).encode())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(raw)))
        raw[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(raw)


def answer_to(body: bytes) -> str:
    """Return how a request's body is taken; anything but a UsageError goes through."""
    try:
        request = read_request(body)
    except UsageError as exc:
        assert CANARY not in str(exc)
        assert exc.__context__ is None and exc.__cause__ is None
        return "refused"
    assert isinstance(request, Request) and request.op in OPERATIONS
    return "taken"


# ---- values ----------------------------------------------------------------------------------------------


@given(carried)
@FEW
def test_a_value_comes_back_as_it_went(value: Any) -> None:
    """Whatever may be sent is the same value after it, its secrets Secrets."""
    assert decode(encode(value, MOST_ANSWER)) == value


def test_a_secret_is_one_at_once() -> None:
    """What travels as $secret is never a plain text in what is read."""
    found = decode(encode({"fields": {"token": Secret(CANARY)}}, MOST_REQUEST))
    assert found == {"fields": {"token": Secret(CANARY)}}
    assert CANARY not in repr(found)


UNSENDABLE: list[Any] = [
    {"$secret": "text"}, {"a": {"$secret": 1}}, {1: 2}, {"a": b"x"}, math.nan, math.inf, -math.inf, 2**63, -(2**63),
    "\ud800", {"\ud800": 1}, {1, 2}, object(),
]  # fmt: skip


@pytest.mark.parametrize("value", UNSENDABLE, ids=lambda value: repr(value)[:20])
def test_what_the_protocol_does_not_carry_is_refused(value: Any) -> None:
    """A dict that looks like a secret, numbers without end and foreign types are a UsageError."""
    with pytest.raises(UsageError):
        encode(value, MOST_ANSWER)


def test_too_much_is_refused_when_it_is_built() -> None:
    """A request above 64 KiB and an answer above 1 MiB never leave."""
    with pytest.raises(UsageError, match="65,536"):
        encode("x" * MOST_REQUEST, MOST_REQUEST)
    with pytest.raises(UsageError, match="1,048,576"):
        build_answer("x" * MOST_ANSWER)


def test_depth_is_bounded_both_ways() -> None:
    """A value a hundred deep is refused by whoever builds and by whoever reads it."""
    value: Any = 1
    for _ in range(100):
        value = [value]
    with pytest.raises(UsageError, match="deep"):
        encode(value, MOST_ANSWER)
    with pytest.raises(UsageError, match="deep"):
        decode(json.dumps(value).encode())


UNREADABLE = {
    "empty": b"",
    "no JSON": b"{",
    "two values": b"{} {}",
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a name twice": b'{"a": 1, "a": 2}',
    "a name twice, spelt otherwise": b'{"a": 1, "\\u0061": 2}',
    "NaN": b"[NaN]",
    "Infinity": b"[-Infinity]",
    "a number beyond a float": b"[1e999]",
    "a huge number": b"[" + b"9" * 60_000 + b"]",
    "2**63": b"[9223372036854775808]",
    "half a pair": b'["\\ud800"]',
    "half a pair as a name": b'{"\\udfff": 1}',
    "half a pair in a secret": b'{"$secret": "\\ud800"}',
    "a secret that is no text": b'{"$secret": 1}',
    "a secret in a secret": b'{"$secret": {"$secret": "x"}}',
    "a secret and more": b'{"$secret": "x", "a": 1}',
    "a depth bomb": b"[" * 65_000,
    "a depth bomb of objects": b'{"a":' * 13_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_bytes_that_are_no_message_are_refused(name: str) -> None:
    """Each of these is a UsageError, whichever side reads it."""
    with pytest.raises(UsageError):
        decode(UNREADABLE[name])
    assert answer_to(UNREADABLE[name]) == "refused"


def test_a_frame_has_a_length_that_is_checked_before_it_is_read() -> None:
    """Nothing and too much are refused by the head alone."""
    assert build_frame(b"ab") == b"\0\0\0\x02ab"
    assert body_length(struct.pack(">I", MOST_REQUEST), MOST_REQUEST) == MOST_REQUEST
    for length in (0, MOST_REQUEST + 1, 2**32 - 1):
        with pytest.raises(UsageError):
            body_length(struct.pack(">I", length), MOST_REQUEST)


# ---- requests --------------------------------------------------------------------------------------------


def test_a_request_comes_back_as_it_went() -> None:
    """An operation and its arguments are read as they were built."""
    arguments = {"integration": "stripe", "account": "acme", "seen": 3, "is_refused": True}
    assert read_request(build_request("issue", arguments)) == Request("issue", arguments)


STRANGE: dict[str, Any] = {
    "a list": [],
    "no version": {"op": "status", "arguments": {}},
    "more": {"v": 1, "op": "status", "arguments": {}, "more": CANARY},
    "version 2": {"v": 2, "op": "status", "arguments": {}},
    "version True": {"v": True, "op": "status", "arguments": {}},
    "an unknown operation": {"v": 1, "op": CANARY, "arguments": {}},
    "a private name": {"v": 1, "op": "__init__", "arguments": {}},
    "an operation that is a list": {"v": 1, "op": [], "arguments": {}},
    "arguments that are a list": {"v": 1, "op": "status", "arguments": []},
    "a secret for arguments": {"v": 1, "op": "status", "arguments": {"$secret": CANARY}},
    "an unknown argument": {"v": 1, "op": "status", "arguments": {CANARY: 1}},
    "a missing argument": {"v": 1, "op": "issue", "arguments": {"integration": "stripe"}},
    "a password that is no Secret": {"v": 1, "op": "unlock", "arguments": {"password": CANARY}},
    "a Secret for a name": {"v": 1, "op": "remove_way", "arguments": {"name": {"$secret": CANARY}}},
    "a number for a flag": {"v": 1, "op": "unlock", "arguments": {"keyring": 1}},
    "a flag for a number": {"v": 1, "op": "seal", "arguments": {"names": ["a/b"], "expires_s": True}},
    "no names": {"v": 1, "op": "seal", "arguments": {"names": [], "expires_s": 9}},
    "a field that is no Secret": {
        "v": 1,
        "op": "put",
        "arguments": {
            "integration": "a", "account": "b", "fields": {"token": CANARY}, "plan": None, "base": {}, "base_url": None,
            "label": None, "kind": "key", "replace": False,
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_a_request_outside_the_table_is_refused_without_an_echo(name: str) -> None:
    """What does not fit is a UsageError that repeats neither the value nor an unknown name."""
    body = json.dumps(STRANGE[name]).encode()
    with pytest.raises(UsageError) as caught:
        read_request(body)
    assert CANARY not in str(caught.value)


def test_a_client_refuses_what_the_agent_would() -> None:
    """A password as plain text does not even leave."""
    with pytest.raises(UsageError, match="password"):
        build_request("unlock", {"password": CANARY})


@given(st.binary(max_size=400) | mutated())
@FEW
def test_any_bytes_are_taken_or_refused(raw: bytes) -> None:
    """Bytes give a request or a UsageError, as either side's message."""
    answer_to(raw)
    judge_answer(raw)


@given(envelopes | trees)
@FEW
def test_any_tree_is_taken_or_refused(tree: Any) -> None:
    """JSON of any shape gives a request or a UsageError, as either side's message."""
    raw = json.dumps(tree).encode()
    answer_to(raw)
    judge_answer(raw)


@pytest.mark.slow
@given(st.binary(max_size=400) | mutated())
@MANY
def test_very_many_bytes_are_taken_or_refused(raw: bytes) -> None:
    """The same, twenty thousand times."""
    answer_to(raw)
    judge_answer(raw)


@pytest.mark.slow
@given(envelopes | trees)
@MANY
def test_very_many_trees_are_taken_or_refused(tree: Any) -> None:
    """The same, twenty thousand times."""
    raw = json.dumps(tree).encode()
    answer_to(raw)
    judge_answer(raw)


def test_the_fuzz_reaches_what_is_taken() -> None:
    """The control: a true request is taken, so that the fuzz does not merely see refusals."""
    assert answer_to(json.dumps(UNLOCK).encode()) == "taken"


# ---- answers ---------------------------------------------------------------------------------------------


def judge_answer(raw: bytes) -> None:
    try:
        read_answer(raw)
    except PenstockError as exc:
        assert CANARY not in str(exc)


def every_error() -> list[type[PenstockError]]:
    return [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PenstockError)
    ]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_comes_back_as_itself(kind: type[PenstockError]) -> None:
    """The class, message, hint and where of each error there is survive the way."""
    error = kind("It failed.", hint="Do this.", integration="stripe", account="acme", retry_after_s=2.5)
    with pytest.raises(kind) as caught:
        read_answer(build_refusal(error))
    back = caught.value
    assert type(back) is kind
    assert str(back) == str(error)
    assert (back.integration, back.account, back.retry_after_s) == ("stripe", "acme", 2.5)  # type: ignore[attr-defined]


def test_an_error_says_how_long_to_wait() -> None:
    """What UnlockDelayed knows reaches the kernel."""
    with pytest.raises(UnlockDelayed) as caught:
        read_answer(build_refusal(UnlockDelayed("Not tried.", retry_after_s=4.0)))
    assert caught.value.retry_after_s == 4.0


def test_what_is_not_json_of_an_error_stays_behind() -> None:
    """A response hanging on an error does not keep the error from being told."""
    error = ProviderError("No.", status=400, response=object(), code="bad", numbers=[1], far=math.inf)
    with pytest.raises(ProviderError) as caught:
        read_answer(build_refusal(error))
    assert (caught.value.status, caught.value.code, caught.value.response) == (400, "bad", None)


def test_a_message_that_is_no_unicode_is_told_all_the_same() -> None:
    """A path with a stray byte in an error's message is escaped."""
    with pytest.raises(PenstockError, match=r"\\udcff"):
        read_answer(build_refusal(PenstockError("\udcff is not there.")))


@pytest.mark.parametrize("kind", ["NoSuchError", "redact", "Exception", "annotations", "", "ValueError"])
def test_an_unknown_kind_of_error_is_the_plain_one(kind: str) -> None:
    """Only errors of errors.py are raised, whatever the answer names."""
    said = {"kind": kind, "message": "m", "hint": None, "details": {}}
    with pytest.raises(PenstockError) as caught:
        read_answer(encode({"ok": False, "error": said}, MOST_ANSWER))
    assert type(caught.value) is PenstockError


def test_details_cannot_stand_in_the_way_of_an_errors_own() -> None:
    """An answer that names methods or private attributes as details changes none of them."""
    details = {
        "__class__": 1,
        "_x": 1,
        "where": 1,
        "with_traceback": 1,
        "args": 1,
        "message": "other",
        "not a name": 1,
    }
    said = {"kind": "VaultError", "message": "m", "hint": None, "details": details}
    with pytest.raises(errors.VaultError) as caught:
        read_answer(encode({"ok": False, "error": said}, MOST_ANSWER))
    assert str(caught.value) == "m"
    assert not vars(caught.value).keys() & (details.keys() - {"message"})


@pytest.mark.parametrize(
    "answer",
    [
        [], {}, {"ok": True}, {"ok": 1, "value": 2}, {"ok": False, "value": 2}, {"ok": False, "error": {}},
        {"ok": False, "error": {"kind": 1, "message": "m", "hint": None, "details": {}}},
        {"ok": False, "error": {"kind": "VaultError", "message": "m", "hint": 3, "details": {}}},
        {"ok": False, "error": {"kind": "VaultError", "message": "m", "hint": None, "details": []}},
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_refused(answer: Any) -> None:
    """What is not an answer is a UsageError that says what to do."""
    with pytest.raises(UsageError, match="not one"):
        read_answer(json.dumps(answer).encode())
