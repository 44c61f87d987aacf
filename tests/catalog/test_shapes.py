"""Operations by method and path."""

from __future__ import annotations

import pytest

from penstock.catalog.shapes import Shapes

SHAPES = Shapes(
    [
        ("customers.get", "GET", "/v1/customers/{customer}"),
        ("customers.search", "GET", "/v1/customers/search"),
        ("customers.sources", "GET", "/v1/customers/{customer}/sources"),
        ("customers.update", "POST", "/v1/customers/{id}"),
        ("accounts.get", "GET", "/Accounts/{Sid}.json"),
        ("accounts.all", "GET", "/Accounts/{Sid}"),
        ("values.append", "POST", "/sheets/{id}/values/{range}:append"),
        ("compare", "GET", "/compare/{base}...{head}"),
        ("root", "GET", "/"),
        ("first", "GET", "/twice/{a}"),
        ("second", "GET", "/twice/{b}"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/v1/customers/cus_1", "customers.get"),
        ("GET", "/v1/customers/search", "customers.search"),
        ("GET", "/v1/customers/search/sources", "customers.sources"),
        ("POST", "/v1/customers/search", "customers.update"),
        ("GET", "/Accounts/AC1.json", "accounts.get"),
        ("GET", "/Accounts/AC1", "accounts.all"),
        ("POST", "/sheets/1/values/A1:B2:append", "values.append"),
        ("GET", "/compare/main...next", "compare"),
        ("GET", "/", "root"),
        ("GET", "/twice/x", "first"),
        ("GET", "/v1/customers/", None),
        ("GET", "/v1/customers", None),
        ("GET", "/v1/customers/1/sources/2", None),
        ("PATCH", "/v1/customers/1", None),
        ("GET", "/x" * 5000, None),
    ],
)
def test_a_path_leads_to_its_operation(method: str, path: str, name: str | None) -> None:
    """Words come before words with a parameter in them, those before parameters; an empty part is none."""
    assert SHAPES.find(method, path) == name
