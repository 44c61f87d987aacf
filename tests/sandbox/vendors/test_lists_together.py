"""Brevo's and Klaviyo's calls for many people or events: in few requests what a call for each would have done."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps


@pytest.mark.parametrize("action", ["add", "remove"])
def test_a_brevo_list_takes_150_at_a_time(make_box: Any, action: str) -> None:
    """200 contacts go into a list, or out of it, in two calls; the three for whom it is so already fail alone."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        list_id = connection.lists.create(name="l", folderId=1)["id"]
        emails = [f"c{number}@example.com" for number in range(200)]
        for email in emails:
            connection.contacts.create(email=email)
        before = emails[:3] if action == "add" else emails[3:]
        for start in range(0, len(before), 100):
            connection.lists.add_contacts(listId=list_id, emails=before[start : start + 100])
        return [{"listId": list_id, "emails": [email]} for email in emails]

    rows_of = {"listId": "listId", "emails": "emails"}
    frame, requests = run_both(
        make_box, "brevo", f"lists.{action}_contacts", rows, key="emails", parameters=rows_of
    )
    assert list(frame["status"]) == [*["failed"] * 3, *["done"] * 197]
    assert [said["contacts"]["success"] for said in frame["response"][3:]] == list(frame["emails"][3:])
    assert requests == [("POST", action)] * 2


@pytest.mark.parametrize("action", ["add", "remove"])
def test_a_klaviyo_list_takes_a_thousand_at_a_time(make_box: Any, action: str) -> None:
    """40 profiles are one call; with one there is not among them, only that row fails."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        list_id = connection.lists.create(name="l")["data"]["id"]
        ids = [connection.profiles.create(email=f"p{n}@example.com")["data"]["id"] for n in range(40)]
        if action == "remove":
            connection.lists.add_profiles(id=list_id, profiles=ids)
        return [{"id": list_id, "profiles": id} for id in ids]

    def odd(connection: ps.Connection) -> list[dict[str, Any]]:
        given = rows(connection)
        return [*given[:20], {**given[0], "profiles": "NOBODY"}, *given[20:]]

    operation = f"lists.{action}_profiles"
    frame, requests = run_both(make_box, "klaviyo", operation, rows, key="profiles")
    assert len(requests) == 1 and set(frame["status"]) == {"done"}
    frame, requests = run_both(make_box, "klaviyo", operation, odd, key="profiles")
    assert list(frame.index[frame["status"] == "failed"]) == [20] and len(requests) < 20


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
def test_klaviyo_takes_consent_a_thousand_at_a_time(make_box: Any, action: str) -> None:
    """60 addresses are one call; with one that is none, only that row fails."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        return [{"email": f"p{number}@example.com"} for number in range(60)]

    def odd(connection: ps.Connection) -> list[dict[str, Any]]:
        return [*rows(connection)[:30], {"email": "nobody"}]

    frame, requests = run_both(make_box, "klaviyo", f"profiles.{action}", rows, key="email")
    assert len(requests) == 1 and set(frame["status"]) == {"done"}
    frame, requests = run_both(make_box, "klaviyo", f"profiles.{action}", odd, key="email")
    assert list(frame.index[frame["status"] == "failed"]) == [30] and len(requests) < 15


def test_klaviyo_takes_events_a_thousand_at_a_time(make_box: Any) -> None:
    """1,200 events are two calls, each event with whom it happened to."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        return [
            {"metric": f"m{number % 3}", "email": f"p{number}@example.com", "value": number, "place": number}
            for number in range(1200)
        ]

    named = {name: name for name in ("metric", "email", "value")}
    frame, requests = run_both(make_box, "klaviyo", "events.create", rows, key="place", parameters=named)
    assert requests == [("POST", "event-bulk-create-jobs")] * 2 and set(frame["status"]) == {"done"}
