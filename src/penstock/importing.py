"""Taking credentials over from where they are now: a .env file, the environment, netrc, the system's keyring.

First a list of what is there, which shows names and never a value; `store` then puts what you choose into the vault.
There is no way back: a credential is never exported.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.candidates import Candidate, find_candidates
from penstock.catalog.registry import Registry
from penstock.errors import PenstockError, UnknownName, UsageError, nearest
from penstock.redact import Secret
from penstock.sources import read_source

if TYPE_CHECKING:
    import pandas as pd

Put = Callable[[str, str, Mapping[str, Secret], Mapping[str, str]], Any]  # integration, account, fields, base


class _Table(ABC):
    """Rows that show themselves, and a sentence below."""

    def frame(self) -> pd.DataFrame:
        """Return it as a frame; no value of a credential is in it."""
        import pandas as pd

        rows = self._rows()
        return pd.DataFrame(rows, columns=list(rows[0]) if rows else None)

    @abstractmethod
    def _rows(self) -> list[dict[str, Any]]: ...

    @property
    @abstractmethod
    def note(self) -> str:
        """Return what is to be said below the rows."""

    def __repr__(self) -> str:
        return f"{self.frame().to_string(index=False)}\n\n{self.note}" if self._rows() else self.note

    def _repr_html_(self) -> str:
        from html import escape

        drawn = self.frame().to_html(index=False, border=0) if self._rows() else ""
        return f'<div class="penstock-static">{drawn}<div style="opacity:.72">{escape(self.note)}</div></div>'


class Import(_Table):
    """What a source has. Nothing is stored before `store()`."""

    def __init__(
        self, source: str, candidates: Sequence[Candidate], unrecognised: int, put: Put | None
    ) -> None:
        self.source, self.candidates, self.unrecognised = source, tuple(candidates), unrecognised
        self._put = put

    def store(
        self,
        only: Iterable[str] | str | None = None,
        names: Mapping[str, str] | None = None,
        *,
        put: Put | None = None,
    ) -> Stored:
        """Store what is whole and not there yet, one by one, and return what became of each.

        only:  names or variables to store, and no others: ["stripe/acme", "GITHUB_TOKEN"].
        names: other accounts for some: {"STRIPE_SECRET_KEY": "acme"}.
        An account that is there already is never replaced. Raises UnknownName before anything is stored.
        """
        put = put or self._put
        if put is None:
            raise UsageError(
                "This list belongs to no vault.", hint="Make one with vault.import_from(source)."
            )
        wanted = self._choose([only] if isinstance(only, str) else only)
        called = {self._find(name).name: account for name, account in (names or {}).items()}
        results, taken = [], {one.name for one in self.candidates if one.is_there}
        for one in wanted:
            account = called.get(one.name, one.account)
            name = f"{one.integration}/{account}"
            if one.missing:
                results.append((name, "left out", f"{', '.join(one.missing)} is missing"))
            elif name in taken:
                results.append((name, "left out", "there already; names= gives it another name"))
            else:
                taken.add(name)
                results.append((name, *_try(put, one, account)))
        return Stored(self.source, results)

    def _choose(self, only: Iterable[str] | None) -> tuple[Candidate, ...]:
        if only is None:
            return self.candidates
        return tuple({candidate.name: candidate for candidate in map(self._find, only)}.values())

    def _find(self, name: str) -> Candidate:
        for one in self.candidates:
            if name == one.name or name in one.variables:
                return one
        known = [each for one in self.candidates for each in (one.name, *one.variables)]
        raise UnknownName(f"{self.source} has no {name!r} that could be stored.", hint=nearest(name, known))

    def _rows(self) -> list[dict[str, Any]]:
        return [one.shown() for one in self.candidates]

    @property
    def note(self) -> str:
        """Return how much was recognised, and what to do next."""
        rest = f"{self.unrecognised} other variables were not recognised." if self.unrecognised else ""
        if not self.candidates:
            return f"Nothing in {self.source} was recognised as a credential. {rest}".strip()
        return f"{rest} Nothing is stored yet: .store() stores what is whole and not there.".strip()


class Stored(_Table):
    """What became of each credential: stored, failed or left out, and why."""

    def __init__(self, source: str, results: Sequence[tuple[str, str, str]]) -> None:
        self.source, self.results = source, tuple(results)

    @property
    def is_whole(self) -> bool:
        """Say whether nothing failed."""
        return all(state != "failed" for _, state, _ in self.results)

    def _rows(self) -> list[dict[str, Any]]:
        return [{"account": name, "state": state, "why": why} for name, state, why in self.results]

    @property
    def note(self) -> str:
        """Return where the values still are."""
        if not any(state == "stored" for _, state, _ in self.results):
            return "Nothing was stored."
        return (
            f"{self.source} was not changed and still holds them, readable by your programs: delete them there once "
            "calls work, and replace keys others may have seen."
        )


def _try(put: Put, one: Candidate, account: str) -> tuple[str, str]:
    try:
        put(one.integration, account, one.fields, one.base)
    except PenstockError as exc:
        return "failed", str(exc)
    return "stored", ""


def look(
    source: str | Path,
    registry: Registry,
    taken: Collection[tuple[str, str]] = (),
    put: Put | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> Import:
    """Return what a source has, by guessing whose each value is; nothing is changed and nothing stored.

    source: a .env file's path, "environment", "netrc" or its path, "keyring:SERVICE" or "keyring:SERVICE/USER".
    taken:  (integration, account) pairs the vault has. put: what `store` gives each credential to.
    Raises UsageError for a source that cannot be read, with the line's number and never the line.
    """
    candidates, unrecognised = find_candidates(read_source(str(source), environment), registry, taken)
    return Import(str(source), candidates, unrecognised, put)
