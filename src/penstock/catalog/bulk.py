"""The vocabulary of calls that do many things at once: which call, how rows become its items, whose answer is whose.

Two kinds: a Bulk is answered at once; a BulkJob is handed in, worked off in the service's own time, and fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from penstock.catalog.paths import dig
from penstock.model import Json


class Part(NamedTuple):
    """What an answer says of one item, with the status a call by itself would have been answered with."""

    data: Json
    status: int = 200


Split = Callable[[Json, Sequence[Json]], Sequence[Part | None]]


@dataclass(frozen=True, slots=True)
class Bulk:
    """One call that does many, answered at once.

    operation: the name of the operation that does many. It pays the limits of that operation, once for all items.
    into:      its parameter that takes the list of items; a dotted path leads below it ("data.profiles").
    max_items: most items in one call; max_bytes: most bytes of them as JSON.
    item:      a row's parameters, without the shared ones → its item; None for a row that must go by itself because
               the bulk call cannot say the same. Left out, the item is the JSON body the row's own call would have.
    shared:    parameters that belong to the whole call: only rows that agree in them go together.
    fixed:     parameters the bulk call always has besides.
    split:     (answer, items) → for each item, in their order, what was said of it; None where nothing was. Left out, a
               success is everyone's, and the whole answer is each row's. `in_order` and `traced` build the usual ones.
    trace:     the field of an item in which its place is written, so that an answer can name it ("objectWriteTraceId").
    is_idempotent: whether the call may be sent twice without harm, where that differs from the operation's own
               answer. False also where the second would be told "exists already": a success would look like a failure.
    refusal_is_whole: a 4xx of the whole call certainly did nothing, so that its rows may go again in smaller company.
    """

    operation: str
    into: str
    max_items: int
    max_bytes: int | None = None
    item: Callable[[dict[str, Any]], Json | None] | None = None
    shared: tuple[str, ...] = ()
    fixed: Mapping[str, Json] = field(default_factory=dict)
    split: Split | None = None
    trace: str | None = None
    is_idempotent: bool | None = None
    refusal_is_whole: bool = True

    def __str__(self) -> str:
        return self.operation

    def place(self, items: Sequence[Json]) -> dict[str, Json]:
        """Return the parameters that hold the items."""
        head, *steps = self.into.split(".")
        value: Json = list(items)
        for step in reversed(steps):
            value = {step: value}
        return {head: value}


def in_order(path: str = "$", *, is_done: str | None = None, error: str = "$", status: int = 400) -> Split:
    """Return a split for answers with a list of results in the order sent.

    is_done: path in a result to its flag (Salesforce's "success"); without, every result is a success.
    error:   path in a result to what went wrong, for one that is not done; `status` is what a call by itself would get.
    """

    def split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
        results = dig(answer, path)
        if not isinstance(results, list) or len(results) != len(items):
            return [None] * len(items)
        return [
            Part(result)
            if is_done is None or dig(result, is_done) is True
            else Part(dig(result, error), status)
            for result in results
        ]

    return split


def traced(
    results: str, trace: str, *, errors: str = "errors", error_trace: str | None = None, status: int = 400
) -> Split:
    """Return a split for answers whose results and errors name the item they are about, by the place written into it.

    results, errors: paths to the two lists. trace, error_trace: path in a result, in an error, to the place or a list of
    places. An item that neither names is one nobody knows of.
    """

    def split(answer: Json, items: Sequence[Json]) -> Sequence[Part | None]:
        parts: list[Part | None] = [None] * len(items)
        for path, where, is_error in ((results, trace, False), (errors, error_trace or trace, True)):
            for entry in _as_list(dig(answer, path)):
                part = Part(entry, status) if is_error else Part(entry)
                for named in _as_list(dig(entry, where)):
                    if str(named).isdecimal() and int(named) < len(parts):
                        parts[int(named)] = part
        return parts

    return split


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


class JobItem(NamedTuple):
    """One row's call as a job holds it: its id within the job, and the request it would be by itself (path below the base)."""

    id: str
    method: str
    path: str
    query: str
    body: Json


@dataclass(frozen=True, slots=True)
class BulkJob:
    """Many calls handed in together, worked off within hours, and fetched: names of operations, and small functions.

    submit:   the operation that hands them in; `id` is the path to the job's id in its answer.
    upload:   one that is called before it, where the calls are a file; sending it twice does no harm.
    write:    (calls, name) → the parameters of `upload`, or of `submit` where there is no upload. `name` is the job's own
              name in the run: a service that keeps one (metadata) can be asked for it after a crash.
    link:     (answer to `upload`, calls, name) → the parameters of `submit`.
    poll:     the operation that says how the job stands; `poll_by` is its parameter that takes the id.
    is_ended: its answer → whether the job is over.
    fetch:    its answer → where the results are: addresses, or (operation, parameters); several where there are several.
    read:     the bytes of one of these → (id of a call, what became of it).
    missing:  its answer → what became of the calls no result speaks of; None where nobody can know.
    shared:   parameters in which the rows of one job agree.
    find:     an operation that lists jobs, and is_found: (a job, name) → whether it is the one: a crash while handing in
              then leaves no doubt behind where the job is found.
    """

    submit: str
    write: Callable[[Sequence[JobItem], str], dict[str, Any]]
    poll: str
    poll_by: str
    is_ended: Callable[[Json], bool]
    fetch: Callable[[Json], Sequence[str | tuple[str, Mapping[str, Any]]]]
    read: Callable[[bytes], Iterable[tuple[str, Part]]]
    max_items: int
    max_bytes: int | None = None
    upload: str | None = None
    link: Callable[[Json, Sequence[JobItem], str], dict[str, Any]] | None = None
    id: str = "id"
    missing: Callable[[Json], Part | None] | None = None
    shared: tuple[str, ...] = ()
    find: str | None = None
    is_found: Callable[[Json, str], bool] | None = None

    def __str__(self) -> str:
        return self.submit
