"""GraphQL schemas."""

from __future__ import annotations

import graphql

from penstock.catalog.build import build_operations
from penstock.catalog.definition import Operation
from penstock.catalog.graphql_schema import read_graphql
from penstock.catalog.parameters import Parameter

SDL = '''
type Query {
  issues(first: Int = 50, after: String, filter: Filter): IssueConnection!
  issue(id: String!): Issue!
  boards(ids: [ID!], limit: Int): [Board]
  _dummy: String!
  """[Internal] for our own use"""
  secret: String
  old: String @deprecated(reason: "gone")
  search(text: String!): Found
  count: Int!
}
type Mutation {
  issueCreate(input: IssueInput!): Payload!
  issueAddLabel(id: String!, labelId: String!): Payload!
  create_or_get_tag(name: String): Tag
}
input Filter { title: String }
input IssueInput { id: String title: String! kind: Kind priority: Int = 0 parts: [IssueInput!] }
enum Kind { BUG TASK }
type Issue { id: ID! title: String team: Team! tags: [Tag!]! parent: Issue history(at: String!): String old: Int @deprecated }
type Team { id: ID! name: String }
type Tag { id: ID! }
type Board { id: ID! a: Int b: Int c: Int d: Int e: Int f: Int g: Int tags: [Tag!]! owner: Team }
type IssueConnection { nodes: [Issue!]! pageInfo: PageInfo! }
type PageInfo { hasNextPage: Boolean! endCursor: String }
type Payload { success: Boolean! issue: Issue }
union Found = Issue | Team
'''
DESCRIPTION = read_graphql(SDL, "/graphql")
OPERATIONS = {operation.name: operation for operation in build_operations(DESCRIPTION)}


def _document(name: str) -> str:
    return OPERATIONS[name].document or ""


def test_every_field_is_an_operation() -> None:
    """Queries and mutations are there, internal and deprecated ones are counted; groups are named as what can be listed."""
    assert set(OPERATIONS) == {
        "issues.list", "issues.get", "boards.list", "search.get", "count.get", "issues.create", "issues.add_label",
        "tag.create_or_get",
    }  # fmt: skip
    assert DESCRIPTION.skipped == {"internal": 2, "deprecated": 1}


def test_every_document_is_valid() -> None:
    """A text asks for nothing the schema does not have, and gives what it must."""
    schema = graphql.build_schema(SDL)
    for operation in OPERATIONS.values():
        assert graphql.validate(schema, graphql.parse(operation.document or "")) == [], operation.name


def test_what_is_asked_back() -> None:
    """Plain fields, ids of objects, no lists and nothing that needs an argument; an envelope's objects whole."""
    assert "issue(id: $id) { id title team { id name } tags { id } parent { id title } }" in _document(
        "issues.get"
    )
    assert "boards(ids: $ids, limit: $limit) { id a b c d e f g owner { id } }" in _document("boards.list")
    assert "{ __typename }" in _document("search.get")
    assert _document("count.get") == "query count { count }"
    assert "success issue { id title }" in _document("issues.create")


def test_pages_and_rows() -> None:
    """A connection is asked for its nodes and where the next page is; a list is where its field is."""
    assert "nodes { id title" in _document(
        "issues.list"
    ) and "pageInfo { hasNextPage endCursor }" in _document("issues.list")
    assert OPERATIONS["issues.list"].items == "data.issues.nodes"
    assert OPERATIONS["boards.list"].items == "data.boards"
    assert OPERATIONS["issues.get"].items is None


def test_the_fields_of_an_input_are_parameters() -> None:
    """A mutation's one input object is filled from parameters: a row's columns; what is required there is required here."""
    create: Operation = OPERATIONS["issues.create"]
    assert create.into == "input" and not create.is_harmless_twice
    assert create.parameters == (
        Parameter("id", "body"),
        Parameter("title", "body", is_required=True),
        Parameter("kind", "body", choices=("BUG", "TASK")),
        Parameter("priority", "body", "integer"),
        Parameter("parts", "body", "array"),
    )
    assert OPERATIONS["issues.list"].is_harmless_twice
    assert OPERATIONS["issues.add_label"].positional == ("id", "labelId")
