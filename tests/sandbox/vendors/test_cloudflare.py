"""Cloudflare's sandbox judged through Penstock: their own package is too large to keep for it."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import run_both

import penstock as ps
from penstock.errors import Invalid, NotFound, PermissionMissing, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def cloudflare(make_box, workbench):
    """Return a sandbox, a connection to it, its account's id and its zone's."""

    def make():
        box = make_box(names=["cloudflare"])
        connection = workbench.connect("cloudflare", sandbox=box)
        account, zone = (connection[name].frame()["id"][0] for name in ("accounts.list", "zones.list"))
        return box, connection, account, zone

    return make


def test_records_are_made_read_changed_and_listed_over_pages(cloudflare):
    """Five records come over three pages of two; changes and deletions are seen; names become whole."""
    box, cf, _, zone = cloudflare()
    made = [
        cf.dns_records.create(zone, type="A", name=f"h{n}", content=f"192.0.2.{n}")["result"]
        for n in range(5)
    ]
    assert made[0]["name"] == "h0.example.com" and len(made[0]["id"]) == 32 and made[0]["ttl"] == 1
    pages = list(cf.dns_records.list.pages(zone_id=zone, per_page=2))
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert pages[0].response["result_info"] == {
        "page": 1,
        "per_page": 2,
        "count": 2,
        "total_count": 5,
        "total_pages": 3,
    }
    assert cf.dns_records.get(zone, made[2]["id"])["result"] == made[2]
    changed = cf.dns_records.update(zone, made[0]["id"], content="192.0.2.99")["result"]
    assert (changed["content"], changed["type"]) == ("192.0.2.99", "A")
    cf.dns_records.delete(zone, made[1]["id"])
    assert cf.dns_records.list(zone, type="A")["result_info"]["total_count"] == 4
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["dns_records.create"] * 5 + ["dns_records.update", "dns_records.delete"]


def test_a_batch_is_done_whole_or_not_at_all(cloudflare):
    """One wrong address among the changes, and what would have been deleted is still there."""
    box, cf, _, zone = cloudflare()
    old = cf.dns_records.create(zone, type="TXT", name="old", content="a")["result"]["id"]
    box.clear_log()
    posts = [
        {"type": "A", "name": "new", "content": "192.0.2.1"},
        {"type": "A", "name": "bad", "content": "nowhere"},
    ]
    with pytest.raises(Invalid, match="IPv4"):
        cf.dns_records.batch(zone, deletes=[{"id": old}], posts=posts)
    assert [r["id"] for r in cf.dns_records.list(zone)["result"]] == [old] and not box.log(has_effect=True)
    said = cf.dns_records.batch(zone, deletes=[{"id": old}], posts=posts[:1])["result"]
    assert [len(said[name]) for name in ("deletes", "patches", "puts", "posts")] == [1, 0, 0, 1]


def test_a_store_keeps_bare_values(cloudflare):
    """Values of any kind come back byte for byte, and the keys over pages with a cursor."""
    _, cf, account, _ = cloudflare()
    place = {"account_id": account, "namespace_id": "0f2ac74b498b48028cb68387c421e279"}
    cf.kv_values.put(**place, key_name="a/b", value='{"success": false, "errors": [{"code": 1}]}')
    assert cf.kv_values.get(**place, key_name="a/b").text == '{"success": false, "errors": [{"code": 1}]}'
    cf.kv_values.bulk_put(**place, pairs=[{"key": f"k{n}", "value": str(n)} for n in range(4)])
    pages = list(cf.kv_keys.list.pages(**place, limit=2))
    assert [[row["name"] for row in page.items] for page in pages] == [["a/b", "k0"], ["k1", "k2"], ["k3"]]
    with pytest.raises(NotFound, match="no such key"):
        cf.kv_values.get(**place, key_name="nothing")


def test_refusals_are_told_in_words(cloudflare, workbench):
    """A name for an id, a zone of others, a record twice, a record that is gone, a wrong token: each is its own error."""
    _, cf, _, zone = cloudflare()
    with pytest.raises(NotFound, match="32 characters"):
        cf.zones.get("example.com")
    with pytest.raises(PermissionMissing):
        cf.zones.get("0" * 32)
    with pytest.raises(NotFound, match="gone already"):
        cf.dns_records.delete(zone, "0" * 32)
    cf.dns_records.create(zone, type="TXT", name="a", content="b")
    with pytest.raises(Invalid, match="exists already"):
        cf.dns_records.create(zone, type="TXT", name="a", content="b")
    stranger = workbench.connect(
        "cloudflare", credential={"token": Secret("stranger")}, base_url=cf.client.base_url
    )
    with pytest.raises(SignInNeeded):
        stranger.tokens.verify()


def test_who_is_too_fast_waits_five_minutes(make_box, call):
    """With two calls in five minutes allowed, the third is refused, with the time to wait; and so is the next."""
    box = make_box(names=["cloudflare"], limits={"cloudflare": 2})
    token = box.credential("cloudflare")["token"]
    answers = [
        call(f"{box.base_url('cloudflare')}/user/tokens/verify", Authorization=f"Bearer {token}")
        for _ in range(4)
    ]
    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert answers[2].headers["Retry-After"] == "300" and answers[2].json()["success"] is False
    assert 290 <= int(answers[3].headers["Retry-After"]) <= 300


def _zone(connection: ps.Connection) -> str:
    return str(connection.zones.list.frame()["id"][0])


def test_records_are_made_in_one_batch(make_box: Any) -> None:
    """40 records are one call; with one whose address is none, only that row fails."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        zone = _zone(connection)
        return [{"zone_id": zone, "type": "A", "name": f"h{n}", "content": f"192.0.2.{n}"} for n in range(40)]

    def odd(connection: ps.Connection) -> list[dict[str, Any]]:
        return [
            {**row, "content": "none" if row["name"] == "h9" else row["content"]} for row in rows(connection)
        ]

    frame, requests = run_both(make_box, "cloudflare", "dns_records.create", rows, key="name")
    assert requests == [("POST", "batch")]
    assert [said["result"]["content"] for said in frame["response"]] == [f"192.0.2.{n}" for n in range(40)]
    frame, requests = run_both(make_box, "cloudflare", "dns_records.create", odd, key="name")
    assert list(frame.index[frame["status"] == "failed"]) == [9] and len(requests) < 20


@pytest.mark.parametrize("action", ["update", "replace", "delete"])
def test_records_are_changed_in_one_batch(make_box: Any, action: str) -> None:
    """Changes of 16 records are one call, each row with its own record; with one that is not there, only that row fails."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        zone = _zone(connection)
        record = {"zone_id": zone, "type": "TXT", "content": "c"}
        ids = [connection.dns_records.create(**record, name=f"h{n}")["result"]["id"] for n in range(16)]
        more = {"update": {"comment": "x"}, "replace": {"type": "TXT", "content": "d"}, "delete": {}}[action]
        named = [{"name": f"h{n}"} if action == "replace" else {} for n in range(16)]
        return [
            {"zone_id": zone, "dns_record_id": id, **more, **name}
            for id, name in zip(ids, named, strict=True)
        ]

    def odd(connection: ps.Connection) -> list[dict[str, Any]]:
        given = rows(connection)
        return [*given[:15], {**given[15], "dns_record_id": "0" * 32}]

    operation = f"dns_records.{action}"
    frame, requests = run_both(make_box, "cloudflare", operation, rows, key="dns_record_id")
    assert requests == [("POST", "batch")]
    assert [said["result"]["id"] for said in frame["response"]] == list(frame["dns_record_id"])
    frame, requests = run_both(make_box, "cloudflare", operation, odd, key="dns_record_id")
    assert list(frame.index[frame["status"] == "failed"]) == [15] and len(requests) < 16


def test_values_are_kept_in_one_call(make_box: Any) -> None:
    """300 texts of one namespace are one call, and a value of bytes goes by itself."""

    def rows(connection: ps.Connection) -> list[dict[str, Any]]:
        place = {"account_id": connection.accounts.list.frame()["id"][0], "namespace_id": "n1"}
        return [{**place, "key_name": f"k{n}", "value": f"v{n}"} for n in range(300)]

    def parameters(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "value": b"bytes" if row["key_name"] == "k7" else row["value"]}

    frame, requests = run_both(
        make_box, "cloudflare", "kv_values.put", rows, key="key_name", parameters=parameters
    )
    assert set(frame["status"]) == {"done"} and sorted(requests) == [("PUT", "bulk"), ("PUT", "k7")]
