"""What Datadog measures: points, events and logs, and how they are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from penstock.sandbox.rest.paging import answer_rows, build_token, read_token
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.wire import Answer, Json, iso_time, json_answer

_QUERY = re.compile(r"(avg|sum|min|max):([A-Za-z][\w.]*)\{([^}]*)\}.*")
_COMBINE: dict[str, Callable[[list[float]], float]] = {
    "avg": lambda values: sum(values) / len(values), "sum": sum, "min": min, "max": max,
}  # fmt: skip
_MOST_ROWS, _USUAL_ROWS = 1000, 10
_LOGS = 30


def seed(turn: Turn) -> None:
    """Begin with some logs, for nothing here can send them."""
    for number in range(_LOGS):
        id = "AAAA" + turn.ids.text(28)
        service = ("web", "db")[number % 2]
        attributes = {
            "timestamp": iso_time(turn.now - 60 * number), "service": service, "status": "info", "host": f"{service}1",
            "message": f"{service}: request {number}", "tags": ["env:sandbox"], "attributes": {},
        }  # fmt: skip
        turn.table("logs").add(id, {"id": id, "type": "log", "attributes": attributes})


def submit(turn: Turn) -> Answer:
    """Keep points; one of the same metric, time and tags takes the place of the earlier one."""
    series = turn.fields.get("series")
    if not isinstance(series, list) or any("metric" not in one or not one.get("points") for one in series):
        raise turn.refuse(
            "invalid", message="Payload is not in the expected format: each series needs a metric and points"
        )
    for one in series:
        for point in one["points"]:
            if point.get("timestamp") is None or point.get("value") is None:
                raise turn.refuse("invalid", message="Payload is missing a timestamp or a value")
    for one in series:
        tags = tuple(
            sorted([*one.get("tags", ()), *(f"host:{part['name']}" for part in one.get("resources", ()))])
        )
        held = turn.store.notes.setdefault("points", {}).setdefault(one["metric"], {})
        if one["metric"] not in turn.table("metrics"):
            turn.table("metrics").add(one["metric"], {"type": "metrics", "id": one["metric"]})
        for point in one["points"]:
            held[point["timestamp"], tags] = float(point["value"])
            turn.change("metrics.submit", one["metric"], {"name": one["metric"]})
    return json_answer(202, {"errors": []})


def query(turn: Turn) -> Json:
    """Return the points of a metric between two times; a query that cannot be read is a success with an error in it."""
    text = turn.query.get("query", "")
    start, end = (int(turn.query.get(name, 0)) for name in ("from", "to"))
    shown = {
        "query": text,
        "from_date": start * 1000,
        "to_date": end * 1000,
        "res_type": "time_series",
        "group_by": [],
    }
    match = _QUERY.fullmatch(text)
    if match is None:
        return {
            **shown,
            "status": "error",
            "error": f"Error parsing query: unable to parse {text}",
            "series": [],
        }
    how, metric, scope = match.groups()
    by_time: dict[int, list[float]] = {}
    for (at, tags), value in turn.store.notes.get("points", {}).get(metric, {}).items():
        if start <= at <= end and scope in ("*", "", *tags):
            by_time.setdefault(at, []).append(value)
    points = [[at * 1000.0, _COMBINE[how](values)] for at, values in sorted(by_time.items())]
    line = {
        "metric": metric,
        "aggr": how,
        "scope": scope,
        "expression": text,
        "pointlist": points,
        "length": len(points),
    }
    return {**shown, "status": "ok", "series": [line] if points else []}


def query_timeseries(turn: Turn) -> Json:
    """Return a frame without series: formulas are not computed here."""
    if not turn.fields.get("queries"):
        raise turn.refuse("invalid", "queries")
    return {
        "data": {
            "id": "0",
            "type": "timeseries_response",
            "attributes": {"series": [], "times": [], "values": []},
        }
    }


def list_metrics(turn: Turn) -> Answer:
    """Return a page of the metrics there are points of."""
    return answer_rows(turn, turn.table("metrics"))


def create_event(turn: Turn) -> Answer:
    """Keep an event."""
    missing = [name for name in ("title", "text") if not turn.fields.get(name)]
    if missing:
        raise turn.refuse("invalid", missing[0])
    id = str(turn.ids.next("event", 7_000_000_000_000_000_000))
    inner = {
        "title": turn.fields["title"],
        "evt": {"id": id},
        "priority": turn.fields.get("priority", "normal"),
    }
    attributes = {
        "message": turn.fields["text"],
        "tags": turn.fields.get("tags") or [],
        "timestamp": iso_time(turn.now),
        "attributes": inner,
    }
    turn.table("events").add(id, {"id": id, "type": "event", "attributes": attributes})
    turn.change("events.create", id, turn.fields)
    event = {
        "id": int(id),
        "id_str": id,
        "url": f"https://app.datadoghq.com/event/event?id={id}",
        **turn.fields,
    }
    return json_answer(202, {"event": event, "status": "ok"})


def _has_words(record: Record, text: str) -> bool:
    """Say whether a record has every word of a search; service:web asks for that service."""
    attributes = record["attributes"]
    everything = (
        f"{attributes} service:{attributes.get('service')} {' '.join(attributes.get('tags', ()))}".lower()
    )
    return text in ("", "*") or all(word in everything for word in text.lower().split())


def _search(turn: Turn, records: Iterable[Record]) -> Json:
    """Return a page of what a search finds, with the cursor of the next inside its meta."""
    page = turn.fields.get("page") or {}
    asked = str((turn.fields.get("filter") or {}).get("query") or "*")
    found = [record for record in records if _has_words(record, asked)]
    size = max(1, min(int(page.get("limit", _USUAL_ROWS)), _MOST_ROWS))
    start = read_token(str(page["cursor"])) if page.get("cursor") else 0
    if start is None:
        raise turn.refuse("invalid", "page.cursor")
    end = start + size
    after = {"page": {"after": build_token(end)}} if end < len(found) else {}
    meta = {"elapsed": 3, "request_id": turn.ids.text(40, ALNUM), "status": "done", **after}
    return {"data": found[start:end], "meta": meta}


def search_logs(turn: Turn) -> Json:
    """Return the logs that have the words."""
    return _search(turn, turn.table("logs"))


def search_events(turn: Turn) -> Json:
    """Return the events that have the words."""
    return _search(turn, turn.table("events"))


def aggregate_logs(turn: Turn) -> Json:
    """Return how many logs have the words."""
    asked = str((turn.fields.get("filter") or {}).get("query") or "*")
    count = sum(_has_words(record, asked) for record in turn.table("logs"))
    return {"data": {"buckets": [{"by": {}, "computes": {"c0": count}}]}, "meta": {"status": "done"}}


def list_hosts(turn: Turn) -> Answer:
    """Return a page of the hosts that sent points."""
    points = turn.store.notes.get("points", {}).values()
    tags = {tag for held in points for _, tags in held for tag in tags if tag.startswith("host:")}
    names = sorted(tag.removeprefix("host:") for tag in tags)
    return answer_rows(
        turn, [{"id": 1000 + number, "name": name, "up": True} for number, name in enumerate(names)]
    )
