"""Notion's sandbox judged by notion-client, and by Penstock itself."""

from __future__ import annotations

import pytest

from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret


def _title(text):
    return {"title": [{"text": {"content": text}}]}


@pytest.fixture
def notion(make_box):
    """Return a sandbox, the official-shaped client on it, and the id of its data source."""
    sdk = pytest.importorskip("notion_client")

    def make(key=None, **options):
        box = make_box(names=["notion"], **options)
        client = sdk.Client(
            auth=key or box.credential("notion")["token"],
            base_url=box.base_url("notion").removesuffix("/v1"),
            retry=False,
        )
        found = client.search(filter={"property": "object", "value": "data_source"}) if key is None else None
        return box, client, found and found["results"][0]["id"]

    return make


def test_rows_are_made_read_changed_and_listed_over_pages(notion):
    """Seven rows come over four pages; one is changed, one is thrown away and no longer listed."""
    helpers = pytest.importorskip("notion_client.helpers")
    box, client, source = notion()
    parent = {"type": "data_source_id", "data_source_id": source}
    made = [
        client.pages.create(parent=parent, properties={"Name": _title(f"Row {n}"), "Age": {"number": n}})
        for n in range(7)
    ]
    assert client.pages.retrieve(made[0]["id"])["properties"]["Name"]["title"][0]["plain_text"] == "Row 0"
    ask = client.data_sources.query
    pages, cursor = [], {}
    while True:
        page = ask(source, page_size=2, **cursor)
        pages.append(page["results"])
        if not page["has_more"]:
            break
        cursor = {"start_cursor": page["next_cursor"]}
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert [row["id"] for page in pages for row in page] == [row["id"] for row in made]
    changed = client.pages.update(made[1]["id"], properties={"Status": {"select": {"name": "Open"}}})
    assert changed["properties"]["Status"]["select"]["name"] == "Open"
    client.pages.update(made[2]["id"], in_trash=True)
    assert len(list(helpers.iterate_paginated_api(ask, data_source_id=source))) == 6
    only = ask(source, filter={"property": "Age", "number": {"equals": 3}})["results"]
    assert [row["id"] for row in only] == [made[3]["id"]]
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["pages.create"] * 7 + ["pages.update"] * 2


def test_blocks_lie_below_their_page(notion):
    """Appended blocks come back in order and can be changed and deleted; a hundred and one are too many."""
    sdk = pytest.importorskip("notion_client")
    _, client, source = notion()
    page = client.pages.create(parent={"data_source_id": source}, properties={"Name": _title("Ada")})
    block = {"object": "block", "type": "paragraph", "paragraph": {"rich_text": []}}
    made = client.blocks.children.append(page["id"], children=[block, block])["results"]
    listed = client.blocks.children.list(page["id"])["results"]
    assert [one["id"] for one in listed] == [one["id"] for one in made]
    client.blocks.delete(made[0]["id"])
    assert [one["id"] for one in client.blocks.children.list(page["id"])["results"]] == [made[1]["id"]]
    with pytest.raises(sdk.APIResponseError) as caught:
        client.blocks.children.append(page["id"], children=[block] * 101)
    assert caught.value.code == "validation_error"
    comment = client.comments.create(parent={"page_id": page["id"]}, rich_text=[{"text": {"content": "Hi"}}])
    assert [one["id"] for one in client.comments.list(block_id=page["id"])["results"]] == [comment["id"]]


def test_its_client_sees_its_own_errors(notion):
    """Nothing there, a plain text for a property, a wrong token and a refusal for rate carry Notion's codes."""
    sdk = pytest.importorskip("notion_client")
    box, client, source = notion()
    nothing = "00000000-0000-4000-8000-000000000000"
    calls = {
        "object_not_found": lambda: client.pages.retrieve(nothing),
        "validation_error": lambda: client.pages.create(parent={"data_source_id": source}, properties={"Name": "Ada"}),
        "unauthorized": notion(key="ntn_stranger")[1].users.me,
    }  # fmt: skip
    for code, ask in calls.items():
        with pytest.raises(sdk.APIResponseError) as caught:
            ask()
        assert caught.value.code == code
    box.set_faults({"script": [{"match": "GET /notion/v1/users/me", "fault": "429"}]})
    with pytest.raises(sdk.APIResponseError) as caught:
        client.users.me()
    assert (caught.value.code, caught.value.status) == ("rate_limited", 429)
    assert caught.value.headers["retry-after"]
    assert client.users.me()["type"] == "bot"


def test_its_limit_is_kept(notion):
    """With two calls a minute allowed, the third is refused for rate."""
    sdk = pytest.importorskip("notion_client")
    _, client, _ = notion(limits={"notion": 2})
    client.users.me()
    with pytest.raises(sdk.APIResponseError) as caught:
        client.users.me()
    assert caught.value.status == 429


def test_penstock_makes_reads_and_lists(workbench):
    """Rows go in and come back as a frame; a wrong id and a bare text are refused in words; a wrong key asks for a sign-in."""
    notion = workbench.connect("notion", sandbox=True)
    source = notion.workspace.search(filter={"property": "object", "value": "data_source"})["results"][0][
        "id"
    ]
    for number in range(5):
        made = notion.pages.create(parent={"data_source_id": source}, Name=_title(f"Row {number}"))
    assert notion.pages.get(made["id"])["properties"]["Name"]["title"][0]["plain_text"] == "Row 4"
    assert len(notion.data_sources.query.frame(data_source_id=source, page_size=2)) == 5
    with pytest.raises(NotFound, match="share"):
        notion.pages.get("00000000-0000-4000-8000-000000000000")
    with pytest.raises(Invalid, match="should be an object"):
        notion.pages.create(parent={"data_source_id": source}, Name="Ada")
    stranger = workbench.connect(
        "notion", credential={"token": Secret("ntn_stranger")}, base_url=notion.client.base_url
    )
    with pytest.raises(SignInNeeded):
        stranger.users.me()
