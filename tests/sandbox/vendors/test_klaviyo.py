"""Klaviyo's sandbox judged by klaviyo-api, whose models check every answer, and used through Penstock."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from penstock.errors import Conflict, Invalid, NotFound, SignInNeeded
from penstock.redact import Secret
from penstock.sandbox.vendors.klaviyo import SEGMENTS, TEMPLATES


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any]:
    """Return a sandbox and the package's client, pointed at it; it does not try again by itself."""
    package = pytest.importorskip("klaviyo_api")
    box = make_box(names=["klaviyo"])
    host = box.base_url("klaviyo").removesuffix("/api")
    key = box.credential("klaviyo")["private_key"]
    klaviyo = package.KlaviyoAPI(key, max_delay=1, max_retries=1, test_host=host)
    # Below the package urllib3 would wait out a Retry-After on its own.
    klaviyo.api_client.rest_client.pool_manager.connection_pool_kw["retries"] = False
    return box, klaviyo


def _profile(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "profile", "attributes": attributes}}


def _follow(fetch: Any, **options: Any) -> list[list[str]]:
    """Return the ids of page after page; the package takes a cursor out of https links only."""
    pages: list[list[str]] = []
    cursor: str | None = None
    for _ in range(10):
        page = fetch(**options, **({"page_cursor": cursor} if cursor else {}))
        pages.append([one.id for one in page.data])
        if page.links.next is None:
            break
        cursor = parse_qs(urlsplit(page.links.next).query)["page[cursor]"][0]
    return pages


def test_profiles_are_made_changed_and_found(client: tuple[Any, Any]) -> None:
    """The package makes a profile, changes it, writes it once more by its address, and finds it by a filter."""
    box, klaviyo = client
    made = klaviyo.Profiles.create_profile(_profile(email="ada@example.com", properties={"tier": "gold"}))
    assert made.data.id.startswith("01") and len(made.data.id) == 26
    change = {"data": {"type": "profile", "id": made.data.id, "attributes": {"last_name": "Lovelace"}}}
    assert klaviyo.Profiles.update_profile(made.data.id, change).data.attributes.last_name == "Lovelace"
    again = klaviyo.Profiles.create_or_update_profile(
        _profile(email="ada@example.com", properties={"seats": 3})
    )
    assert again.data.id == made.data.id
    assert again.data.attributes.properties == {"tier": "gold", "seats": 3}
    found = klaviyo.Profiles.get_profiles(filter='equals(email,"ada@example.com")')
    assert [one.id for one in found.data] == [made.data.id]
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["profiles.create", "profiles.update", "profiles.update"]


def test_profiles_and_segments_come_over_pages(client: tuple[Any, Any]) -> None:
    """Seven profiles are four pages of two by the cursor in each page's link; segments come ten at a time."""
    _, klaviyo = client
    ids = [klaviyo.Profiles.create_profile(_profile(email=f"p{n}@example.com")).data.id for n in range(7)]
    pages = _follow(klaviyo.Profiles.get_profiles, page_size=2)
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert [id for page in pages for id in page] == ids
    segments = _follow(klaviyo.Segments.get_segments, page_size=10)
    assert [len(page) for page in segments] == [10, 10, SEGMENTS - 20]


def test_a_list_knows_who_is_in_it(client: tuple[Any, Any]) -> None:
    """A profile is put into a list, is read there with when it came, and taken out; a job fills another."""
    box, klaviyo = client
    made = klaviyo.Lists.create_list({"data": {"type": "list", "attributes": {"name": "News"}}}).data.id
    profile = klaviyo.Profiles.create_profile(_profile(email="ada@example.com")).data.id
    member = {"data": [{"type": "profile", "id": profile}]}
    klaviyo.Lists.add_profiles_to_list(made, member)
    (row,) = klaviyo.Lists.get_profiles_for_list(made).data
    assert row.id == profile and row.attributes.joined_group_at is not None
    klaviyo.Lists.remove_profiles_from_list(made, member)
    assert klaviyo.Lists.get_profiles_for_list(made).data == []
    rows = [{"type": "profile", "attributes": {"email": email}} for email in ("eve@example.com", "nobody")]
    job = klaviyo.Profiles.bulk_import_profiles(
        {
            "data": {
                "type": "profile-bulk-import-job",
                "attributes": {"profiles": {"data": rows}},
                "relationships": {"lists": {"data": [{"type": "list", "id": made}]}},
            }
        }
    )
    assert job.data.attributes.status == "queued"
    (wrong,) = klaviyo.Profiles.get_errors_for_bulk_import_profiles_job(job.data.id).data
    assert wrong.attributes.original_payload == {"email": "nobody"}
    assert len(klaviyo.Lists.get_profiles_for_list(made).data) == 1
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["lists.create", "profiles.create", "lists.add", "lists.remove", "profiles.create"]


def test_of_two_events_with_one_id_the_first_is_kept(client: tuple[Any, Any]) -> None:
    """An event sent twice is there once, whatever the second said, and its metric counts it once."""
    box, klaviyo = client
    for value in (9.5, 20.0):
        attributes = {
            "unique_id": "order-1",
            "value": value,
            "properties": {},
            "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
            "profile": {"data": _profile(email="ada@example.com")["data"]},
        }
        klaviyo.Events.create_event({"data": {"type": "event", "attributes": attributes}})
    (event,) = klaviyo.Events.get_events().data
    assert event.attributes.event_properties["$value"] == 9.5
    metric = klaviyo.Metrics.get_metrics().data[0].id
    asked = {
        "metric_id": metric,
        "measurements": ["count", "sum_value"],
        "filter": [
            "greater-or-equal(datetime,2026-10-01T00:00:00)",
            "less-than(datetime,2027-01-01T00:00:00)",
        ],
    }
    told = klaviyo.Metrics.query_metric_aggregates(
        {"data": {"type": "metric-aggregate", "attributes": asked}}
    )
    assert told.data.attributes.data[0].measurements == {"count": [1.0], "sum_value": [9.5]}
    assert [entry["effect"]["kind"] for entry in box.log(has_effect=True)] == ["events.create"]


def test_refusals_are_the_packages_own_errors(client: tuple[Any, Any]) -> None:
    """Nobody there, somebody there already, a wrong address, a rate and a revoked key are told apart."""
    from openapi_client.exceptions import (
        ApiException,
        BadRequestException,
        NotFoundException,
        UnauthorizedException,
    )

    box, klaviyo = client
    with pytest.raises(NotFoundException):
        klaviyo.Profiles.get_profile("nobody")
    made = klaviyo.Profiles.create_profile(_profile(email="ada@example.com")).data.id
    with pytest.raises(ApiException) as twice:
        klaviyo.Profiles.create_profile(_profile(email="ada@example.com"))
    assert twice.value.status == 409 and made in twice.value.body
    with pytest.raises(BadRequestException) as wrong:
        klaviyo.Profiles.create_profile(_profile(email="nobody"))
    assert wrong.value.data.errors[0].source.pointer == "/data/attributes/email"
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    with pytest.raises(ApiException) as many:
        klaviyo.Profiles.get_profiles()
    assert many.value.status == 429 and many.value.headers["Retry-After"] == "1"
    box.set_faults({"revoke": "klaviyo"})
    with pytest.raises(UnauthorizedException):
        klaviyo.Accounts.get_accounts()


def test_penstock_writes_lists_and_is_refused(workbench: Any) -> None:
    """Rows become profiles over pages; an event in plain columns makes its profile; wrong ids and keys are told apart."""
    klaviyo = workbench.connect("klaviyo", sandbox=True)
    rows = [{"key": n, "email": f"p{n}@example.com", "first_name": f"P{n}"} for n in range(7)]
    parameters = {"email": "email", "first_name": "first_name"}
    run = workbench.batch(klaviyo.profiles.upsert, rows, key="key", parameters=parameters)
    assert run.frame()["status"].eq("done").all()
    assert len(klaviyo.profiles.list.frame(page_size=3)) == 7
    assert len(klaviyo.templates.list.frame(page_size=5)) == TEMPLATES
    made = klaviyo.lists.create(name="News")["data"]["id"]
    klaviyo.profiles.subscribe(email="p0@example.com", list_id=made)
    assert len(klaviyo.lists.profiles.frame(id=made)) == 1
    klaviyo.events.create(metric="Placed Order", email="new@example.com", value=9)
    found = klaviyo.profiles.list(filter="equals(email,'new@example.com')")["data"]
    klaviyo.profiles.update(id=found[0]["id"], last_name="New")
    assert klaviyo.profiles.get(id=found[0]["id"])["data"]["attributes"]["last_name"] == "New"
    with pytest.raises(Conflict):
        klaviyo.profiles.create(email="p0@example.com")
    with pytest.raises(NotFound):
        klaviyo.profiles.get(id="nobody")
    with pytest.raises(Invalid, match="channel filter"):
        klaviyo.campaigns.list(filter="equals(name,'x')")
    url = workbench.sandbox().base_url("klaviyo")
    wrong = {"private_key": Secret("pk_wrong")}
    with pytest.raises(SignInNeeded):
        workbench.connect("klaviyo", base_url=url, credential=wrong).accounts.list()


def test_a_second_refuses_while_the_minute_has_much_left(make_box: Any, call: Any) -> None:
    """The fields tell of the minute; an end point that takes one a second refuses the second call, without them."""
    box = make_box(names=["klaviyo"], limits=True)
    key = box.credential("klaviyo")["private_key"]
    answers = [
        call(f"{box.base_url('klaviyo')}/accounts", Authorization=f"Klaviyo-API-Key {key}") for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [200, 429]
    assert answers[0].headers["ratelimit-limit"] == "15" and answers[0].headers["ratelimit-remaining"] == "14"
    assert answers[1].headers["ratelimit-limit"] is None and answers[1].headers["Retry-After"] == "1"
    assert answers[1].json()["errors"][0]["code"] == "throttled"
