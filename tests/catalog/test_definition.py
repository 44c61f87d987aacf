"""What the vocabulary says by itself, before any engine reads it."""

from __future__ import annotations

from penstock.catalog.definition import Idempotency, Limit, Operation, Parameter, fields


def _places(operation: Operation) -> dict[str, str]:
    return {parameter.name: parameter.place for parameter in operation.parameters}


def test_the_method_puts_parameters_in_their_place() -> None:
    """A GET's and a DELETE's go into the query, others' into the body, those in braces into the path."""
    taken = fields("id:integer! name ?dry_run:boolean")
    assert _places(Operation("a.b", "GET", "/a/{id}", taken)) == {
        "id": "path",
        "name": "query",
        "dry_run": "query",
    }
    assert _places(Operation("a.b", "DELETE", "/a/{id}", taken))["name"] == "query"
    assert _places(Operation("a.b", "POST", "/a/{id}", taken)) == {
        "id": "path",
        "name": "body",
        "dry_run": "query",
    }


def test_a_place_of_its_own_stays() -> None:
    """A place that is written out is not changed (GitHub deletes a file with a body)."""
    assert _places(Operation("a.b", "DELETE", "/a", (Parameter("sha", "body"),))) == {"sha": "body"}


def test_the_path_is_required_unless_derived() -> None:
    """Names in the path must be given first; one declared as not required is derived by the service's file."""
    operation = Operation("a.b", "PUT", "/l/{list}/m/{hash}", fields("hash email!"))
    assert operation.required == ("list", "email")
    assert Operation("a.b", "GET", "/l/{list}/m/{hash}", fields("hash:integer!")).required == ("list", "hash")


def test_positional_values_fill_the_path_or_what_a_document_needs() -> None:
    """Values without a name mean the path's names; for GraphQL, which has none, what must be given."""
    assert Operation("a.get", "GET", "/a/{id}", fields("name!")).positional == ("id",)
    document = "query a($id: ID!) { a(id: $id) { id } }"
    assert Operation("a.get", "POST", "/graphql", fields("id! name"), document=document).positional == ("id",)


def test_a_document_knows_its_variables() -> None:
    """Only what is declared is a variable, with defaults and lists read over."""
    text = "mutation m($input: In!, $first: Int = 50, $ids: [ID!]) { m(input: $input, x: $first, y: $ids) { id } }"
    assert Operation("a.b", "POST", "/g", document=text).variables == ("input", "first", "ids")
    assert Operation("a.b", "POST", "/g", document="query { shop { id } }").variables == ()


def test_what_is_harmless_twice_follows_the_method_unless_said() -> None:
    """GET, PUT and DELETE are idempotent, POST and PATCH are not, and the declaration has the last word."""
    for method, harmless in (
        ("GET", True),
        ("PUT", True),
        ("DELETE", True),
        ("POST", False),
        ("PATCH", False),
    ):
        assert Operation("a.b", method, "/a").is_harmless_twice is harmless
    assert Operation("a.b", "POST", "/a", is_idempotent=True).is_harmless_twice
    assert not Operation("a.b", "PUT", "/a", is_idempotent=False).is_harmless_twice


def test_an_operations_cost_counts_only_in_points() -> None:
    """Its own cost holds for limits in points; requests are counted as one; a limit's own cost fills in."""
    points = Limit(100, per=1.0, unit="points", cost=lambda method, given: 10.0)
    requests = Limit(100, per=1.0)
    assert Operation("a.b", "POST", "/a", cost=3.0).units(points, {}) == 3.0
    assert (
        Operation("a.b", "POST", "/a", cost=lambda given: 2 + given["first"]).units(points, {"first": 5}) == 7
    )
    assert Operation("a.b", "POST", "/a", cost=3.0).units(requests, {}) == 1.0
    assert Operation("a.b", "POST", "/a").units(points, {}) == 10.0


def test_a_key_covers_what_it_is_declared_for() -> None:
    """A service's key covers its methods, and where `only` names some, those alone."""
    post, get = Operation("a.b", "POST", "/a"), Operation("a.c", "GET", "/a")
    assert Idempotency("K").covers(post) and not Idempotency("K").covers(get)
    assert not Idempotency("K", only=("x.y",)).covers(post)


def test_values_without_a_name_mean_what_must_be_given() -> None:
    """What may be left out of a path comes last: one value names the message, not whose it is."""
    derived = Parameter("userId", "path")
    operation = Operation("messages.get", "GET", "/users/{userId}/messages/{id}", (derived,))
    assert operation.positional == ("id", "userId")
    assert Operation("a.b", "GET", "/x/{owner}/{repo}").positional == ("owner", "repo")
