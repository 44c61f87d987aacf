"""Where a vendor keeps its things: tables in memory with indexes and pages, and ids as the vendor makes them.

Nothing here is scanned from end to end for one request: a page costs its own length, a look-up by an indexed
field costs its matches.
"""

from __future__ import annotations

import string
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Record = dict[str, Any]

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"


class Ids:
    """Make ids that look like a vendor's, from a seeded source of chance."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._last: dict[str, int] = {}

    def text(self, length: int, alphabet: str = ALNUM) -> str:
        """Return `length` characters of the alphabet."""
        return "".join(self._random.choices(alphabet, k=length))

    def next(self, kind: str, start: int = 1, step: int = 1) -> int:
        """Return the next number of its kind: start, start + step, …"""
        number = self._last.get(kind, start - step) + step
        self._last[kind] = number
        return number

    def uuid(self) -> str:
        """Return 32 hexadecimal digits in the groups of a UUID."""
        digits = self.text(32, HEX)
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Table:
    """Keep records by id in the order they came, and by the values of the indexed fields."""

    def __init__(self, *indexed: str) -> None:
        self._records: dict[str, Record] = {}
        self._number: dict[str, int] = {}  # id -> place in the order of arrival
        self._id: dict[int, str] = {}
        self._order: list[int] = []
        self._by_field: dict[str, dict[Any, list[int]]] = {name: {} for name in indexed}
        self._indexed: dict[str, tuple[Any, ...]] = {}  # id -> the values it is indexed under
        self._arrived = 0

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, id: object) -> bool:
        return id in self._records

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def get(self, id: str) -> Record | None:
        """Return the record, None when there is none."""
        return self._records.get(id)

    def add(self, id: str, record: Record) -> Record:
        """Keep a new record; its id must be new."""
        self._arrived += 1
        number = self._arrived
        self._records[id], self._number[id], self._id[number] = record, number, id
        self._order.append(number)
        self._index(id, record)
        return record

    def update(self, id: str, **changes: Any) -> Record:
        """Change fields of a record and keep the indexes true."""
        record = self._records[id]
        record.update(changes)
        if self._by_field and not self._by_field.keys().isdisjoint(changes):
            self._unindex(id)
            self._index(id, record)
        return record

    def remove(self, id: str) -> Record | None:
        """Take a record out and return it."""
        record = self._records.pop(id, None)
        if record is None:
            return None
        self._unindex(id)
        number = self._number.pop(id)
        del self._id[number]
        del self._order[bisect_left(self._order, number)]
        return record

    def find(self, name: str, value: Any) -> list[Record]:
        """Return the records whose indexed field has this value, oldest first."""
        return [self._records[self._id[number]] for number in self._by_field[name].get(value, ())]

    def count(self, where: tuple[str, Any] | None = None) -> int:
        """Return how many records there are, or how many have an indexed field's value."""
        return len(self._line(where))

    def page(
        self,
        size: int,
        *,
        after: str | None = None,
        before: str | None = None,
        offset: int = 0,
        is_newest_first: bool = True,
        where: tuple[str, Any] | None = None,
        keep: Callable[[Record], bool] | None = None,
    ) -> tuple[list[Record], bool]:
        """Return up to `size` records and whether more follow.

        after: the id the page begins behind. before: the id it ends ahead of, the `size` nearest to it given.
        where: (indexed field, value). keep: a further test, applied on the way.
        """
        line = self._line(where)
        if before is not None:
            found, more = self._walk(line, size, before, 0, not is_newest_first, keep)
            return found[::-1], more
        return self._walk(line, size, after, offset, is_newest_first, keep)

    def _line(self, where: tuple[str, Any] | None) -> list[int]:
        return self._order if where is None else self._by_field[where[0]].get(where[1], [])

    def _walk(
        self,
        line: list[int],
        size: int,
        start: str | None,
        offset: int,
        is_downward: bool,
        keep: Callable[[Record], bool] | None,
    ) -> tuple[list[Record], bool]:
        if is_downward:
            at = (
                len(line) - 1 - offset
                if start is None
                else bisect_left(line, self._number[start]) - 1 - offset
            )
            stop, step = -1, -1
        else:
            at = offset if start is None else bisect_right(line, self._number[start]) + offset
            stop, step = len(line), 1
        found: list[Record] = []
        for index in range(at, stop, step):
            record = self._records[self._id[line[index]]]
            if keep is not None and not keep(record):
                continue
            if len(found) == size:
                return found, True
            found.append(record)
        return found, False

    def _index(self, id: str, record: Record) -> None:
        if not self._by_field:
            return
        number = self._number[id]
        values = tuple(record.get(name) for name in self._by_field)
        self._indexed[id] = values
        for places, value in zip(self._by_field.values(), values, strict=True):
            line = places.setdefault(value, [])
            if not line or line[-1] < number:
                line.append(number)
            else:
                line.insert(bisect_left(line, number), number)

    def _unindex(self, id: str) -> None:
        if not self._by_field:
            return
        number = self._number[id]
        for places, value in zip(self._by_field.values(), self._indexed.pop(id), strict=True):
            line = places[value]
            del line[bisect_left(line, number)]
            if not line:
                del places[value]
