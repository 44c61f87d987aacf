"""From page to page, in every style; and pages that come round again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.catalog.definition import (
    Cursor,
    GraphQLCursor,
    LinkHeader,
    NextCall,
    NextUrl,
    Offset,
    Operation,
    PageNumber,
)
from penstock.engine.paginate import parse_link, walk
from penstock.errors import PageLoop, ServerFailed
from penstock.model import Headers, Response

ROWS = list(range(25))
LIST = Operation("things.list", "GET", "/things", is_paginated=True)


def answer(data: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(200, Headers(headers or {}), json.dumps(data).encode())


def serve(style: str, parameters: Mapping[str, Any], url: str | None) -> Response:
    """Answer as a service of that style would, ten rows a page."""
    start = int(parameters.get("start", parameters.get("offset", 0)) or 0)
    if style == "page":
        start = (int(parameters.get("page", 1)) - 1) * 10
    if url is not None:
        start = int(url.partition("start=")[2])
    rows, after = ROWS[start : start + 10], start + 10
    has_more = after < len(ROWS)
    if style == "cursor":
        return answer({"data": rows, "next": after if has_more else "", "more": has_more})
    if style == "page":
        return answer({"data": rows})
    if style == "offset":
        return answer({"data": rows, "total": len(ROWS)})
    if style == "link":
        return answer(
            rows,
            {"Link": f'<https://h/x?start={after}>; rel="next", <https://h/x>; rel="first"'}
            if has_more
            else {},
        )
    if style == "url":
        return answer({"data": rows, "next": f"https://h/x?start={after}" if has_more else None})
    return answer(
        {"data": {"things": {"nodes": rows, "pageInfo": {"hasNextPage": has_more, "endCursor": str(after)}}}}
    )


STYLES = {
    "cursor": Cursor("start", next="next", more="more"),
    "page": PageNumber(max_size=10),
    "offset": Offset(total="total", max_size=10),
    "link": LinkHeader(),
    "url": NextUrl(next="next"),
    "graphql": GraphQLCursor("data.things", request="start"),
}


def collect(style: str, max_items: int | None = None) -> list[Any]:
    async def main() -> list[Any]:
        async def fetch(parameters: Mapping[str, Any], url: str | None) -> Response:
            return serve(style, parameters, url)

        return [row async for page in walk(fetch, LIST, STYLES[style], {}, max_items) for row in page.items]

    return asyncio.run(main())


@pytest.mark.parametrize("style", STYLES)
def test_every_row_comes_once(style: str) -> None:
    """All rows of three pages, in order, none twice."""
    assert collect(style) == ROWS


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("count", [1, 10, 13])
def test_max_items_is_exact(style: str, count: int) -> None:
    """No more rows than asked for."""
    assert collect(style, count) == ROWS[:count]


@pytest.mark.parametrize(
    ("style", "data", "headers"),
    [
        (Cursor("start", next="next"), {"data": [1, 2], "next": "same"}, {}),
        (NextUrl(next="next"), {"data": [1, 2], "next": "https://h/x"}, {}),
        (LinkHeader(), [1, 2], {"Link": '<https://h/x>; rel="next"'}),
    ],
)
def test_a_page_loop_ends_with_what_was_read(style: Any, data: Any, headers: dict[str, str]) -> None:
    """A cursor that repeats itself ends in PageLoop; the rows read are in the error."""

    async def main() -> None:
        async def fetch(parameters: Mapping[str, Any], url: str | None) -> Response:
            return answer(data, headers)

        with pytest.raises(PageLoop) as caught:
            async for _ in walk(fetch, LIST, style, {}):
                pass
        assert list(caught.value.items)[:2] == [1, 2]

    asyncio.run(main())


def test_a_bad_page_loses_nothing_already_read() -> None:
    """When the second page fails, the error holds the first page's rows and how to go on."""

    async def main() -> None:
        asked = 0

        async def fetch(parameters: Mapping[str, Any], url: str | None) -> Response:
            nonlocal asked
            asked += 1
            if asked == 2:
                raise ServerFailed("boom")
            return serve("cursor", parameters, url)

        with pytest.raises(ServerFailed) as caught:
            async for _ in walk(fetch, LIST, STYLES["cursor"], {}):
                pass
        assert caught.value.items == ROWS[:10]
        assert caught.value.next_parameters["start"] == 10

    asyncio.run(main())


@given(st.text(max_size=300))
def test_any_link_field_is_read_without_an_error(text: str) -> None:
    """Whatever stands in Link, the result is an address or None."""
    found = parse_link(text)
    assert found is None or isinstance(found, str)


def test_a_link_field_of_any_length_is_read_in_bounded_time() -> None:
    """A hostile Link field of a megabyte does not hang the reader."""
    assert parse_link("<" * 1_000_000) is None
    assert parse_link('<a>; rel="prev", ' * 50_000 + '<b>; rel="next"') in (None, "b")
    assert parse_link("<a" + "; x=y" * 200_000) is None


def test_a_link_may_take_itself_back() -> None:
    """A next link whose parameter says there is nothing leads nowhere; the same link without that word does."""
    link = '<https://h/x?cursor=0:100:0>; rel="next"; results="{}"; cursor="0:100:0"'
    assert parse_link(link.format("true"), ("results", "false")) == "https://h/x?cursor=0:100:0"
    assert parse_link(link.format("false"), ("results", "false")) is None
    assert parse_link(link.format("false")) is not None


def test_the_pages_after_the_first_may_live_elsewhere() -> None:
    """With `follow`, further pages are asked for at that address with the cursor alone, however often it is the same one."""
    asked: list[tuple[dict[str, Any], str | None]] = []

    async def fetch(parameters: Mapping[str, Any], url: str | None) -> Response:
        asked.append((dict(parameters), url))
        number = len(asked)
        return answer({"entries": [number], "cursor": f"c{number}", "has_more": number < 4})

    style = Cursor("cursor", "cursor", items="entries", more="has_more", follow="list/continue")

    async def play() -> list[Any]:
        return [item async for page in walk(fetch, LIST, style, {"path": "/a"}) for item in page.items]

    assert asyncio.run(play()) == [1, 2, 3, 4]
    assert asked == [({"path": "/a"}, None), *(({"cursor": f"c{n}"}, "list/continue") for n in (1, 2, 3))]


def test_a_function_may_lead_on() -> None:
    """NextCall asks for what the function says, until it says None; a function that repeats itself is stopped."""

    async def fetch(parameters: Mapping[str, Any], url: str | None) -> Response:
        start = int(parameters.get("offset", 0))
        return answer({"result": [{"id": n} for n in ROWS[start : start + 10]]})

    def lead_on(asked: Mapping[str, Any], data: Any, items: list[Any]) -> Mapping[str, Any] | None:
        return {**asked, "offset": items[-1]["id"] + 1} if items else None

    async def play(style: NextCall) -> list[Any]:
        return [item["id"] async for page in walk(fetch, LIST, style, {}) for item in page.items]

    assert asyncio.run(play(NextCall(lead_on, items="result"))) == ROWS
    with pytest.raises(PageLoop):
        asyncio.run(play(NextCall(lambda asked, data, items: {"offset": 0}, items="result")))
