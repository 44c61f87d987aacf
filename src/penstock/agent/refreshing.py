"""New access tokens: one refresh for each expiry, over all tasks and processes, and none that can lose a grant.

What a refused refresh means is decided in auth/renewal.py. Here is when it is asked, under which lock, and what is on
the disk before and after.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from penstock.agent.grants import CORRECT, REAUTH, Stored, build_renewal, needed, with_grant
from penstock.agent.locks import Journal, NoJournal, refresh_lock
from penstock.agent.pauses import Pauses
from penstock.auth.answers import parse_answer
from penstock.auth.assertions import BACKDATED_S
from penstock.auth.plans import ASSERTIONS
from penstock.auth.reading import read_skew_s
from penstock.auth.renewal import Step, next_step, refresh_at
from penstock.auth.schemes import OAuth2
from penstock.auth.tokens import NO_ANSWER, Grant, Refusal
from penstock.clock import Clock
from penstock.errors import (
    PenstockError,
    RecordChanged,
    StoreError,
    TransportFailed,
    UnknownName,
    UsageError,
    VaultBusy,
)
from penstock.model import Request, Response

log = logging.getLogger("penstock.agent")

Send = Callable[[Request], Awaitable[Response]]
Key = tuple[str, str]
Flights = dict[Key, "asyncio.Task[Stored]"]
_CUT = " A refresh was under way that never came to its end: the service may have given out a token that nobody could store."


class Records(Protocol):
    """Where credentials are read and written; what is written is on the disk when the call returns."""

    def read(self, integration: str, account: str) -> Stored:
        """Return an account as the vault has it now."""
        ...

    def is_kept(self, integration: str, account: str) -> bool:
        """Say whether it is on the disk, where other processes renew it too."""
        ...

    async def write_grant(self, stored: Stored, grant: Grant) -> Stored:
        """Store a new grant for an account that is still as `stored`; raises RecordChanged where it is not."""
        ...

    async def write_state(self, stored: Stored, state: str, why: str) -> Stored:
        """Note that somebody is needed, and why; return the account as it is now, also where it is another by now."""
        ...


@dataclass(frozen=True, slots=True)
class _Unsaved:
    """A grant that is not on the disk yet: the account as the disk has it, as it stood when granted, the grant."""

    disk: Stored
    before: Stored
    grant: Grant


class Refresher:
    """Keep the tokens of accounts fresh. `chance` gives random numbers from 0 to 1."""

    def __init__(
        self,
        records: Records,
        folder: Path,
        send: Send,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._records, self._folder, self._send = records, folder, send
        self._clock, self._chance = clock, chance
        self._flights: Flights = {}
        self._saves: Flights = {}
        self._due: dict[Key, tuple[int, float | None]] = {}  # (serial, when to refresh: wall)
        self._held: dict[Key, int] = {}  # a serial whose early refresh was refused: used until it ends
        self._pauses = Pauses(clock)
        self._skew: dict[str, float] = {}  # by token end point: seconds its clock is ahead of ours
        self._unsaved: dict[Key, _Unsaved] = {}
        self._unnoted: dict[Key, tuple[int, str, str]] = {}  # (serial, state, why), not on the disk yet

    def due_at(self, stored: Stored) -> float | None:
        """Return when this credential is to be refreshed (wall seconds), None where nothing says so."""
        grant, key = stored.grant, stored.key
        if grant is None or not stored.can_renew or self._held.get(key) == stored.serial or stored.state:
            return None
        known = self._due.get(key)
        if known is None or known[0] != stored.serial:
            instant = refresh_at(grant, self._chance())
            known = self._due[key] = (stored.serial, None if instant is None else instant.timestamp())
        due, left_s = known[1], self._pauses.left_s(stored)
        return max(due, self._clock.wall() + left_s) if due is not None and left_s > 0 else due

    async def fresh(self, stored: Stored, *, seen: int | None, is_refused: bool) -> Stored:
        """Return the account with an access token that holds, as far as is known.

        Raises SignInNeeded where a person is needed; ServerFailed or ResponseUnreadable where the token has ended and
        a new one cannot be had for the moment.
        """
        key = stored.key
        if key in self._unsaved:
            if key in self._flights:
                return await asyncio.shield(self._flights[key])
            stored = await self._alone(self._saves, key, lambda: self._save_again(stored))
        unnoted = self._unnoted.get(key)
        if unnoted is not None and unnoted[0] == stored.serial:
            stored = await self._note(stored, *unnoted[1:])
        is_refused = is_refused and (seen is None or seen == stored.serial)
        grant, wall = stored.grant, self._clock.wall()
        is_valid = grant is not None and grant.is_valid(wall) and not is_refused
        due = self.due_at(stored)
        if is_valid and (due is None or wall < due):
            return stored
        if not is_valid and stored.state:
            raise needed(stored)  # a dead grant is not asked for again
        if not stored.can_renew:
            if is_valid:
                return stored
            what = (
                "The service no longer accepts the access token"
                if is_refused
                else "The access token has ended"
            )
            return await self._need(stored, REAUTH, f"{what}, and there is nothing to renew it with.")
        said = self._pauses.refusal(stored)
        if not is_valid and said is not None:
            raise said.to_error(*key)  # told a moment ago: it is not asked again so soon
        try:
            return await self._alone(self._flights, key, lambda: self._renew(stored, is_refused))
        except UnknownName:
            raise
        except (
            StoreError,
            VaultBusy,
            UsageError,
        ):  # before anything was asked: no reason to harm a token that holds
            if not is_valid:
                raise
            return stored

    def _alone(
        self, flights: Flights, key: Key, begin: Callable[[], Coroutine[None, None, Stored]]
    ) -> asyncio.Future[Stored]:
        """Return what is under way for this account, begun where nothing is; a caller that gives up does not end it."""
        flight = flights.get(key)
        if flight is None:
            flight = flights[key] = asyncio.get_running_loop().create_task(begin())
            flight.add_done_callback(lambda done: _land(flights, key, done))
        return asyncio.shield(flight)

    async def settle(self) -> None:
        """Return when no refresh is under way: keys must not be forgotten before its grant is stored."""
        while under_way := [*self._flights.values(), *self._saves.values()]:
            await asyncio.gather(*under_way, return_exceptions=True)
            await asyncio.sleep(0)
        for key in list(self._unsaved):
            await self.flush(key)

    async def flush(self, key: Key) -> None:
        """Store a grant the disk has refused before, if it takes it now."""
        if key in self._unsaved and key not in self._flights:
            with suppress(PenstockError):
                stored = self._records.read(*key)
                await self._alone(self._saves, key, lambda: self._save_again(stored))

    def forget(self, key: Key) -> None:
        """Forget what is known of an account that was removed or given another credential."""
        for known in (self._due, self._held, self._unsaved, self._unnoted):
            known.pop(key, None)
        self._pauses.end(key)

    async def _renew(self, stored: Stored, is_refused: bool) -> Stored:
        if not self._records.is_kept(*stored.key):  # a bundle's: nothing is written
            return await self._ask(stored, is_refused, NoJournal())
        try:
            async with refresh_lock(self._folder, *stored.key, self._clock) as journal:
                now = self._records.read(*stored.key)
                if not _is_same(now, self._disk(stored)):
                    self._unsaved.pop(stored.key, None)
                    return now  # another process was here first
                if stored.key in self._unsaved:
                    now = stored
                elif now.state:
                    if is_refused or now.grant is None or not now.grant.is_valid(self._clock.wall()):
                        raise needed(now)  # another process has asked, and was refused
                    return now
                return await self._ask(now, is_refused, journal)
        except (StoreError, VaultBusy, UsageError):
            self._pauses.begin(stored)
            raise

    async def _ask(self, stored: Stored, is_refused: bool, journal: Journal) -> Stored:
        """Ask for a new token and store it; the account's lock is held."""
        plan, begun = stored.needs_plan(), journal.begun()
        was_cut = begun is not None and begun["serial"] == stored.serial
        answer = await self._request(stored, plan, journal)
        if isinstance(answer, Grant):
            self._pauses.end(stored.key)
            stored = await self._keep(stored, answer)
            if stored.key not in self._unsaved:
                journal.end()
            return stored
        # Without an answer it stays noted: the request may have been worked off.
        if answer.code != NO_ANSWER and not (was_cut and answer.is_temporary):
            journal.end()
        return await self._refused(stored, answer, is_refused, was_cut)

    async def _request(self, stored: Stored, plan: OAuth2, journal: Journal) -> Grant | Refusal:
        url = plan.token or ""
        for _ in range(2):
            wall, skew = self._clock.wall(), self._skew.get(url, 0.0)
            request = build_renewal(stored, wall + skew)
            journal.begin(self._disk(stored).serial, wall)
            try:
                response = await self._send(request.reveal())
            except TransportFailed as exc:
                return Refusal(NO_ANSWER, exc.message)
            self._skew[url] = read_skew_s(response.headers, self._clock.wall())
            asked = () if plan.grant == "authorization_code" else plan.scopes
            answer = parse_answer(plan, response, wall=wall, asked=asked, previous=stored.grant)
            is_misdated = plan.grant in ASSERTIONS and abs(self._skew[url] - skew) > BACKDATED_S
            if isinstance(answer, Grant) or answer.is_temporary or not is_misdated:
                break  # an assertion is dated: one by a wrong clock says nothing about who signed it
        return answer

    async def _keep(self, stored: Stored, grant: Grant) -> Stored:
        """Store a grant. Where the disk refuses it, it is used from memory, and stored with the next occasion."""
        key, disk = stored.key, self._disk(stored)
        try:
            while True:
                try:
                    fresh = await self._records.write_grant(stored, grant)
                    break
                except RecordChanged:
                    now = self._records.read(*key)
                    if not _is_same(now, disk):
                        self._unsaved.pop(key, None)
                        return now  # signed in anew meanwhile: that one counts
                    disk, stored = now, now.with_notes({"serial": stored.serial})  # renamed, or the like
        except PenstockError as exc:
            log.warning("The new token of %s is not on the disk yet: %s", "/".join(key), exc)
            self._unsaved[key] = _Unsaved(disk, stored, grant)
            return with_grant(stored, grant)
        self._unsaved.pop(key, None)
        return fresh

    async def _save_again(self, stored: Stored) -> Stored:
        """Store a grant the disk has refused before; `stored` is the account as the disk has it."""
        unsaved = self._unsaved[stored.key]
        if not _is_same(stored, unsaved.disk):  # signed in anew meanwhile
            del self._unsaved[stored.key]
            return stored
        return await self._keep(stored.with_notes({"serial": unsaved.before.serial}), unsaved.grant)

    def _disk(self, stored: Stored) -> Stored:
        """Return an account as the disk has it, which may not have its newest grant yet."""
        unsaved = self._unsaved.get(stored.key)
        return stored if unsaved is None else unsaved.disk

    async def _refused(self, stored: Stored, refusal: Refusal, is_refused: bool, was_cut: bool) -> Stored:
        key, grant = stored.key, stored.grant
        is_valid = grant is not None and grant.is_valid(self._clock.wall()) and not is_refused
        step = next_step(refusal, is_reread=False, is_valid=is_valid)
        if step is Step.REREAD:
            now = self._records.read(*key)
            if not _is_same(now, self._disk(stored)):
                self._unsaved.pop(key, None)
                return now
            step = next_step(refusal, is_reread=True, is_valid=is_valid)
        log.info("The token of %s was not renewed (%s): %s.", "/".join(key), refusal.code, step)
        if step is Step.USE:
            self._held[key] = stored.serial
            return stored
        if step is Step.RETRY:
            self._pauses.begin(stored, refusal)
            if is_valid:
                return stored
            raise refusal.to_error(*key)
        why = refusal.to_error(*key).message + (_CUT if was_cut else "")
        return await self._need(stored, REAUTH if step is Step.REAUTH else CORRECT, why)

    async def _need(self, stored: Stored, state: str, why: str) -> Stored:
        """Note that somebody is needed, and raise that; return the account where somebody was here already."""
        after = await self._note(stored, state, why)
        if not _is_same(after, self._disk(stored)):
            return after
        raise needed(after, why)

    async def _note(self, stored: Stored, state: str, why: str) -> Stored:
        try:
            after = await self._records.write_state(self._disk(stored), state, why)
        except StoreError as exc:
            log.warning("What was found of %s is not on the disk yet: %s", "/".join(stored.key), exc)
            self._unnoted[stored.key] = stored.serial, state, why
            return self._disk(stored).with_notes({"state": state, "why": why})
        self._unnoted.pop(stored.key, None)
        return after


def _is_same(now: Stored, before: Stored) -> bool:
    """Say whether it is still the same credential, renamed or not; one removed and made anew may have its number."""
    return now.serial == before.serial and dict(now.fields) == dict(before.fields)


def _land(flights: Flights, key: Key, flight: asyncio.Task[Stored]) -> None:
    if flights.get(key) is flight:
        del flights[key]
    if not flight.cancelled():
        flight.exception()  # whoever waits has it; where nobody waits any more it is no mishap
