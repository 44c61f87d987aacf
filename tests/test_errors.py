from __future__ import annotations

import copy
import inspect
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock import errors
from penstock.errors import PenstockError, ProviderError, Throttled, UnknownName, nearest

TREE = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, PenstockError)]


def build(kind: type[PenstockError]) -> PenstockError:
    return kind(
        "It failed.",
        hint="Do this.",
        integration="stripe",
        account="acme",
        operation="customers.create",
        row="C-17",
    )


@pytest.mark.parametrize("kind", TREE)
def test_every_error_says_what_where_and_what_next(kind: type[PenstockError]) -> None:
    """The text of every error is the sentence, the place in brackets, then the hint."""
    assert str(build(kind)) == "It failed. [stripe customers.create, account acme, row C-17] Do this."


@pytest.mark.parametrize("kind", TREE)
def test_every_error_survives_a_pickle_and_a_copy(kind: type[PenstockError]) -> None:
    """What an error knows (kind, text, place, details) is the same after pickle, copy and deepcopy."""
    error = build(kind)
    vars(error).update(status=429, retry_after_s=2.5)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(error, protocol))
        assert (type(again), str(again), vars(again), again.args) == (
            kind,
            str(error),
            vars(error),
            error.args,
        )
    assert str(copy.copy(error)) == str(copy.deepcopy(error)) == str(error)


@pytest.mark.parametrize("kind", TREE)
def test_every_error_stands_in_the_tree_at_the_top_of_the_file(kind: type[PenstockError]) -> None:
    """The drawing in errors.py names every class, under its base."""
    drawn: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^((?:[│ ]   |[├└]── )*)([A-Z]\w+)", line)
        if found:
            depth = len(found[1]) // 4
            above = [*above[:depth], found[2]]
            drawn[found[2]] = above[-2] if depth else ""
    base = next((base.__name__ for base in kind.__mro__[1:] if issubclass(base, PenstockError)), "")
    assert drawn.get(kind.__name__) == base


@pytest.mark.parametrize("kind", TREE)
def test_every_error_has_a_sentence_for_a_docstring(kind: type[PenstockError]) -> None:
    """Each class says in its own docstring what it means."""
    assert kind.__doc__ and kind.__doc__.strip().endswith(".")
    assert kind is PenstockError or kind.__doc__ != kind.__base__.__doc__


@pytest.mark.parametrize("kind", TREE)
def test_every_error_shows_itself_shortly_in_a_notebook(kind: type[PenstockError]) -> None:
    """A notebook gets the kind, the sentence, the place and the hint, and none of the source lines."""
    lines = build(kind)._render_traceback_()
    text = "\n".join(lines)
    assert kind.__name__ in lines[0] and "It failed." in lines[0]
    assert "where: stripe customers.create, account acme, row C-17" in text
    assert "next:  Do this." in text
    assert 'File "' not in text


def test_what_is_not_known_is_left_out() -> None:
    """Without a place or a hint the text is the sentence alone; the account "default" goes without saying."""
    assert str(PenstockError("It failed.")) == "It failed."
    assert str(PenstockError("It failed.", integration="stripe", account="default")) == "It failed. [stripe]"
    assert str(PenstockError("It failed.", row="0")) == "It failed. [row 0]"


def test_a_class_gives_its_hint_unless_the_error_brings_one() -> None:
    """Throttled has advice of its own, which a hint replaces."""
    assert "ps.Limit" in str(Throttled("Refused."))
    assert str(Throttled("Refused.", hint="Wait.")) == "Refused. Wait."


def test_an_unknown_name_reads_well_whatever_catches_it() -> None:
    """UnknownName is an AttributeError and a KeyError, and neither puts quotes around its text."""
    error = UnknownName("There is no 'x'.")
    assert isinstance(error, AttributeError) and isinstance(error, KeyError) and isinstance(error, ValueError)
    assert str(error) == "There is no 'x'."
    assert not hasattr(Raises(), "name")


class Raises:
    def __getattr__(self, name: str) -> object:
        raise UnknownName(f"There is no {name!r}.")


def test_details_are_attributes() -> None:
    """What an error is given beyond its place can be read from it, and what it is not given is None."""
    error = ProviderError("No.", status=402, code="card_declined")
    assert (error.status, error.code, error.attempts, error.retry_after_s) == (402, "card_declined", 1, None)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("stirpe", "Did you mean stripe?"),
        ("STRIPE", "Did you mean stripe?"),
        ("mail", "Did you mean mailgun or mailchimp?"),
        ("zzzz", "There are: github, mailchimp, mailgun, shopify, slack, stripe."),
    ],
)
def test_the_nearest_names_are_said(typed: str, says: str) -> None:
    """A wrong name is answered with the names near to it, or with all of them when none is near."""
    assert nearest(typed, ["stripe", "mailchimp", "mailgun", "slack", "shopify", "github"]) == says


def test_at_most_three_names_are_offered_as_near() -> None:
    """Of many near names three are said; of many others twelve and an ellipsis."""
    assert nearest("customer", [f"customer{number}" for number in range(9)]).count("customer") == 3
    assert nearest("zzz", [f"a{number:02d}" for number in range(40)]).endswith("a11, ….")
    assert nearest("anything", []) == ""


@given(st.text(max_size=30), st.lists(st.text(max_size=12), max_size=15))
def test_any_name_and_any_choice_gives_a_sentence(name: str, known: list[str]) -> None:
    """nearest never raises."""
    assert isinstance(nearest(name, known), str)
