"""The way through the browser: the address it opens, and the answers it may come back with."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.auth.oauth import OAuthClient
from penstock.auth.sign_in import SignIn, begin_sign_in, build_challenge, read_pasted, read_redirect
from penstock.errors import PenstockError, ProviderError, ServerFailed, SignInNeeded, UsageError
from penstock.redact import Secret, redact

AUTHORIZE = "https://service.example/authorize"
REDIRECT = "http://127.0.0.1:43210/callback"
CLIENT = OAuthClient("app", token_auth="none")


def begin(pkce: bool = True, issuer: str | None = None) -> SignIn:
    return begin_sign_in(AUTHORIZE, CLIENT, REDIRECT, ("a", "b"), pkce=pkce, issuer=issuer)


def came_back(sign_in: SignIn, rest: str = "code=c-123") -> str:
    return f"{REDIRECT}?{rest}&state={sign_in.oauth_state}"


def query(address: str) -> dict[str, str]:
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_the_challenge_is_the_rfcs() -> None:
    """The verifier of RFC 7636, appendix B, gives the challenge printed there."""
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert build_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_address_says_all_the_service_needs() -> None:
    """Client, redirect, state, scopes and S256 stand in the address once each, what it had already and extras as well."""
    sign_in = begin_sign_in(
        f"{AUTHORIZE}?owner=user", CLIENT, REDIRECT, ("a:r", "b/w"), separator=",", extra=(("prompt", "x y"),)
    )
    assert sign_in.verifier is not None
    assert query(sign_in.address) == {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": REDIRECT,
        "state": sign_in.oauth_state,
        "scope": "a:r,b/w",
        "code_challenge": build_challenge(sign_in.verifier),
        "code_challenge_method": "S256",
        "owner": "user",
        "prompt": "x y",
    }
    assert "+" not in urlsplit(sign_in.address).query  # a space is %20: not every service reads a plus
    assert "code_challenge" not in query(begin(pkce=False).address)


def test_every_sign_in_is_another_and_any_service_takes_its_verifier() -> None:
    """State and verifier differ from time to time, are 43 characters long and of those Airtable accepts."""
    begun = [begin() for _ in range(200)]
    values = [one.oauth_state for one in begun] + [one.verifier.reveal() for one in begun if one.verifier]
    assert len(set(values)) == 400
    assert all(re.fullmatch("[A-Za-z0-9_-]{43}", value) for value in values)
    same = [begin_sign_in(AUTHORIZE, CLIENT, REDIRECT, draw=lambda size: b"\x07" * size) for _ in range(2)]
    assert same[0].oauth_state == same[1].oauth_state  # the control: it is the draw that makes the difference


def test_the_verifier_is_not_shown_and_the_address_can_be() -> None:
    """A repr has neither verifier nor state; the address passes redact unharmed, so that a person can open it."""
    sign_in = begin()
    assert sign_in.verifier is not None
    assert sign_in.verifier.reveal() not in repr(sign_in) and sign_in.oauth_state not in repr(sign_in)
    assert redact(sign_in.address) == sign_in.address and sign_in.verifier.reveal() not in sign_in.address
    assert redact(sign_in.verifier.reveal()) != sign_in.verifier.reveal()  # the control


@pytest.mark.parametrize("name", ["state", "client_id", "code_challenge", "redirect_uri"])
def test_extras_cannot_replace_what_the_flow_says(name: str) -> None:
    """A second state, id, challenge or redirect, in extras or in the address, is refused."""
    with pytest.raises(UsageError, match=f"{name} would stand twice"):
        begin_sign_in(AUTHORIZE, CLIENT, REDIRECT, extra=((name, "other"),))
    with pytest.raises(UsageError, match=f"{name} would stand twice"):
        begin_sign_in(f"{AUTHORIZE}?{name}=other", CLIENT, REDIRECT)


def test_a_secret_id_does_not_get_into_an_address() -> None:
    """A client whose id is a secret cannot be used in a browser's address."""
    with pytest.raises(UsageError, match="would stand in the browser's address"):
        begin_sign_in(AUTHORIZE, OAuthClient(Secret("sk_live_1")), REDIRECT)


@pytest.mark.parametrize(
    "shape",
    [
        lambda whole: whole,
        lambda whole: urlsplit(whole).path + "?" + urlsplit(whole).query,
        lambda whole: "?" + urlsplit(whole).query,
        lambda whole: urlsplit(whole).query,
        lambda whole: urlsplit(whole).query + "#_=_",
        lambda whole: whole.replace("?", "#"),
        lambda whole: whole.removeprefix("http://"),
        lambda whole: f"  <{whole[:40]}\n   {whole[40:]}>\n",
    ],
)
def test_an_answer_is_read_in_every_shape_it_is_pasted_in(shape: Callable[[str], str]) -> None:
    """Whole address, request target, query, fragment, wrapped by a mail program: the code and the extras are the same."""
    sign_in = begin()
    answer = read_pasted(shape(came_back(sign_in, "realmId=42&code=4%2F0Ab-c")), sign_in)
    assert answer.code.reveal() == "4/0Ab-c" and answer.extras == {"realmId": "42"}
    assert "4/0Ab" not in repr(answer)


def test_an_answer_to_another_sign_in_is_not_taken() -> None:
    """A state that differs, is missing, doubled or not even ASCII is refused, for codes and for errors alike."""
    sign_in, other = begin(), begin()
    for rest in ("code=c-1", "error=access_denied"):
        for wrong in (
            came_back(other, rest),
            f"{REDIRECT}?{rest}",
            f"{REDIRECT}?{rest}&state=",
            f"{REDIRECT}?{rest}&state=%F0%9F%94%91",
            came_back(sign_in, rest)[:-1],
            came_back(sign_in, rest) + f"&state={other.oauth_state}",
        ):
            with pytest.raises(UsageError):
                read_redirect(wrong, sign_in)
    assert read_redirect(came_back(sign_in), sign_in).code.reveal() == "c-123"  # the control


def test_an_answer_of_another_issuer_is_not_taken() -> None:
    """Where both sides name the service, the names must be one (RFC 9207); where one is silent it passes."""
    sign_in = begin(issuer="https://service.example")
    with pytest.raises(UsageError, match="another service"):
        read_redirect(came_back(sign_in, "code=c-1&iss=https%3A%2F%2Fevil.example"), sign_in)
    for rest in ("code=c-1&iss=https%3A%2F%2Fservice.example", "code=c-1"):
        assert read_redirect(came_back(sign_in, rest), sign_in).code.reveal() == "c-1"


@pytest.mark.parametrize(
    ("rest", "kind", "words"),
    [
        ("error=access_denied", SignInNeeded, "declined, by you or by an administrator"),
        ("error=invalid_scope&error_description=No%20such%20scope%3A%20b", SignInNeeded, "No such scope: b"),
        ("error=server_error", ServerFailed, "failed during the sign-in"),
        ("error=quota%0Aexceeded%1b%5B0m", SignInNeeded, "quota exceeded"),
        ("error=access_denied&code=c-1", SignInNeeded, "declined"),
    ],
)
def test_a_no_is_told_in_plain_words(rest: str, kind: type[ProviderError], words: str) -> None:
    """The service's error becomes a sentence with what to do next, and wins over a code beside it."""
    sign_in = begin()
    with pytest.raises(kind, match=re.escape(words)) as caught:
        read_redirect(came_back(sign_in, rest), sign_in)
    assert caught.value.hint and caught.value.code


@pytest.mark.parametrize("rest", ["code=", "x=1", "code=a%0Ab", "code=%C3%A4", "code=a&code=b"])
def test_an_answer_without_one_good_code_is_refused(rest: str) -> None:
    """No code, an empty one, two, or one that could not go into a header: each is refused."""
    sign_in = begin()
    with pytest.raises(UsageError):
        read_redirect(came_back(sign_in, rest), sign_in)


def test_the_address_that_was_opened_is_told_from_the_one_it_ended_on() -> None:
    """Who pastes the sign-in's first address is told that, not that a state is wrong."""
    sign_in = begin()
    for address in (sign_in.address, begin().address):
        with pytest.raises(UsageError, match="starts from"):
            read_pasted(address, sign_in)


def test_a_bare_code_is_taken_only_where_pkce_binds_it() -> None:
    """With PKCE a code alone will do, percent-encoded or not; without, the whole address is asked for."""
    for text in ("4/0Ab-c==", " 4%2F0Ab-c%3D%3D\n", "'4/0Ab-c=='"):
        assert read_pasted(text, begin()).code.reveal() == "4/0Ab-c=="
    with pytest.raises(UsageError, match="does not say that it belongs") as caught:
        read_pasted("4/0Ab-c", begin(pkce=False))
    assert "whole address" in str(caught.value)
    for nothing in ("", "  \n", "<>", "ä", "%00", "c" * 20_000):
        with pytest.raises(UsageError):
            read_pasted(nothing, begin())


TEXTS = st.text(max_size=60) | st.tuples(
    st.sampled_from(["http://127.0.0.1/cb?", "?", "", "/cb#", "http://[::1/?"]),
    st.lists(
        st.sampled_from(["code=a", "state=STATE", "error=x", "code=%ff", "state=%00", "iss=i", "=", "&"]),
        max_size=5,
    ),
).map(lambda one: one[0] + "&".join(one[1]))


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.booleans())
def test_any_pasted_text_is_a_code_or_one_of_our_errors(text: str, has_pkce: bool) -> None:
    """Whatever is pasted, the answer is a code or a PenstockError."""
    sign_in = begin(has_pkce, "i")
    text = text.replace("STATE", sign_in.oauth_state)
    for read in (read_pasted, read_redirect):
        try:
            assert read(text, sign_in).code.reveal().isascii()
        except PenstockError as error:
            str(error).encode()
