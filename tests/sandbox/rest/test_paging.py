"""Every style of pages, walked by the engine as a client would: all rows, once each, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from toy import World, with_pages

from penstock.catalog.definition import (
    Cursor,
    LinkHeader,
    NextCall,
    NextUrl,
    Offset,
    PageNumber,
    Pagination,
)
from penstock.redact import Secret
from penstock.sandbox.rest.paging import build_token, put, read_token
from penstock.workbench import Workbench


def _behind(asked: Mapping[str, Any], data: Any, rows: list[Any]) -> Mapping[str, Any] | None:
    return {**asked, "page": int(asked.get("page", 1)) + 1} if len(rows) == 10 else None


STYLES: dict[str, Pagination] = {
    "token": Cursor("cursor", "meta.next", more="meta.more", size="limit", max_size=10),
    "last id": Cursor("after", "ducks.-1.id", more="has_more", size="limit", max_size=10),
    "pages": PageNumber("page", size="per_page", max_size=10, total_pages="meta.pages"),
    "pages without a count": PageNumber("page", size="per_page", max_size=10),
    "offset": Offset("offset", size="limit", max_size=10, total="total"),
    "link": LinkHeader(items="ducks", size="per_page", max_size=10),
    "link that takes itself back": LinkHeader(
        items="ducks", size="per_page", max_size=10, unless=("results", "false")
    ),
    "next url": NextUrl("paging.next", size="limit", max_size=10),
    "next url in a name with a dot": NextUrl("@odata.nextLink", size="limit", max_size=10),
    "function": NextCall(_behind, size="per_page", max_size=10),
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """Open one workbench for all styles."""
    with Workbench(home=tmp_path_factory.mktemp("home"), share_limits=False) as opened:
        yield opened


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("count", [0, 1, 10, 25])
def test_all_rows_come_once_and_in_order(style: Pagination, count: int, bench: Workbench) -> None:
    """However many rows there are, the engine reads each once, and stops."""
    world = World(with_pages(style))
    for number in range(count):
        world.ask("POST", "/v2/ducks", f'{{"duck": {{"properties": {{"name": "{number}"}}}}}}')
    bench.register(world.integration)
    credential = {"token": Secret(world.vendor.keys.text())}
    toy = bench.connect(
        "toy", base_url="http://127.0.0.1:9/toy/v2", credential=credential, transport=world, limit=()
    )
    assert [row["name"] for row in toy.ducks.list.all()] == [str(number) for number in range(count)]
    assert len(list(toy.ducks.list.all(max_items=7))) == min(7, count)


def test_a_token_says_where_it_leads_and_nothing_else_does() -> None:
    """A token read back is the offset it was made of; other text is no token."""
    assert read_token(build_token(20)) == 20
    assert read_token("20") is None and read_token("") is None and read_token("!?") is None


def test_a_path_is_made_on_the_way() -> None:
    """What is missing on the way to a path is made, and what stands beside it stays."""
    assert put({"a": {"x": 1}}, "a.b.c", 2) == {"a": {"x": 1, "b": {"c": 2}}}
    assert put(None, "$", [1]) == [1]
