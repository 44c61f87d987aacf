"""New access tokens: one refresh for each expiry, over all tasks and processes, and none that can lose a grant.

What a refused refresh means is decided in auth/renewal.py. Here is when it is asked, under which lock, and what is on
the disk before and after.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from penstock.agent.grants import CORRECT, REAUTH, Stored, build_renewal, needed, with_grant
from penstock.agent.locks import Journal, refresh_lock
from penstock.auth.answers import parse_answer
from penstock.auth.reading import read_skew_s
from penstock.auth.renewal import Step, next_step, refresh_at
from penstock.auth.tokens import NO_ANSWER, Grant, Refusal
from penstock.clock import Clock
from penstock.errors import PenstockError, RecordChanged, TransportFailed
from penstock.model import Request, Response

log = logging.getLogger("penstock.agent")

Send = Callable[[Request], Awaitable[Response]]
Key = tuple[str, str]
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0  # between two refreshes that failed for the moment
_CUT = " A refresh was under way when its process ended: the service may have given out a token that nobody could store."


class Records(Protocol):
    """Where credentials are read and written; what is written is on the disk when the call returns."""

    def read(self, integration: str, account: str) -> Stored:
        """Return an account as the vault has it now."""
        ...

    async def write_grant(self, stored: Stored, grant: Grant) -> Stored:
        """Store a new grant for an account that is still as `stored`; raises RecordChanged where it is not."""
        ...

    async def write_state(self, stored: Stored, state: str, why: str) -> Stored:
        """Note that somebody is needed, and why."""
        ...


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
        self._flights: dict[Key, asyncio.Task[Stored]] = {}
        self._due: dict[Key, tuple[int, float | None]] = {}  # (serial, when to refresh: wall)
        self._held: dict[Key, int] = {}  # a serial whose early refresh was refused: used until it ends
        self._failed: dict[Key, tuple[int, float]] = {}  # (how often in a row, not before: monotonic)
        self._skew: dict[str, float] = {}  # by token end point: seconds its clock is ahead of ours
        self._unsaved: dict[Key, tuple[Stored, Grant]] = {}  # granted, and not on the disk yet

    def due_at(self, stored: Stored) -> float | None:
        """Return when this credential is to be refreshed (wall seconds), None where nothing says so."""
        grant, key = stored.grant, stored.key
        if grant is None or not stored.can_renew or self._held.get(key) == stored.serial:
            return None
        known = self._due.get(key)
        if known is None or known[0] != stored.serial:
            instant = refresh_at(grant, self._chance())
            known = self._due[key] = (stored.serial, None if instant is None else instant.timestamp())
        due, (count, not_before) = known[1], self._failed.get(key, (0, 0.0))
        if due is not None and count:
            due = max(due, self._clock.wall() + not_before - self._clock.monotonic())
        return due

    async def fresh(self, stored: Stored, *, seen: int | None, is_refused: bool) -> Stored:
        """Return the account with an access token that holds, as far as is known.

        Raises SignInNeeded where a person is needed; ServerFailed or ResponseUnreadable where the token has ended and
        a new one cannot be had for the moment.
        """
        key = stored.key
        if key in self._unsaved:
            stored = await self._save_again(stored)
        is_refused = is_refused and (seen is None or seen == stored.serial)
        grant, wall = stored.grant, self._clock.wall()
        is_valid = grant is not None and grant.is_valid(wall) and not is_refused
        due = self.due_at(stored)
        if is_valid and (due is None or wall < due):
            return stored
        if not is_valid and stored.entry.notes.get("state"):
            raise needed(stored)  # a dead grant is not asked for again
        if not stored.can_renew:
            if is_valid:
                return stored
            what = (
                "The service no longer accepts the access token"
                if is_refused
                else "The access token has ended"
            )
            why = f"{what}, and there is nothing to renew it with."
            raise needed(await self._records.write_state(stored, REAUTH, why), why)
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.get_running_loop().create_task(self._renew(stored, is_refused))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._land(key, done))
        return await asyncio.shield(flight)  # a caller that gives up must not cut a refresh short

    def _land(self, key: Key, flight: asyncio.Task[Stored]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # whoever waits has it; where nobody waits any more it is no mishap

    async def settle(self) -> None:
        """Return when no refresh is under way: keys must not be forgotten before its grant is stored."""
        while self._flights:
            await asyncio.gather(*self._flights.values(), return_exceptions=True)
            await asyncio.sleep(0)

    def forget(self, key: Key) -> None:
        """Forget what is known of an account that was removed or given another credential."""
        for known in (self._due, self._held, self._failed, self._unsaved):
            known.pop(key, None)

    async def _renew(self, stored: Stored, is_refused: bool) -> Stored:
        async with refresh_lock(self._folder, *stored.key, self._clock) as journal:
            now = self._records.read(*stored.key)
            if now.serial != stored.serial and stored.key not in self._unsaved:
                return now  # another process was here first
            return await self._ask(stored if stored.key in self._unsaved else now, is_refused, journal)

    async def _ask(self, stored: Stored, is_refused: bool, journal: Journal) -> Stored:
        """Ask for a new token and store it; the account's lock is held."""
        plan, begun, wall = stored.needs_plan(), journal.begun(), self._clock.wall()
        was_cut = begun is not None and begun["serial"] == stored.serial
        url = plan.token or ""
        request = build_renewal(stored, wall + self._skew.get(url, 0.0))
        journal.begin(stored.serial, wall)
        try:
            response = await self._send(request.reveal())
        except TransportFailed as exc:
            answer: Grant | Refusal = Refusal(NO_ANSWER, exc.message)
        else:
            self._skew[url] = read_skew_s(response.headers, self._clock.wall())
            asked = () if plan.grant == "authorization_code" else plan.scopes
            answer = parse_answer(plan, response, wall=wall, asked=asked, previous=stored.grant)
        if isinstance(answer, Grant):
            self._failed.pop(stored.key, None)
            stored = await self._keep(stored, answer)
            if stored.key not in self._unsaved:
                journal.end()
            return stored
        if answer.code != NO_ANSWER:  # without an answer it stays noted: the request may have been worked off
            journal.end()
        return await self._refused(stored, answer, is_refused, was_cut)

    async def _keep(self, stored: Stored, grant: Grant) -> Stored:
        """Store a grant. Where the disk refuses it, it is used from memory, and stored with the next occasion."""
        try:
            while True:
                try:
                    fresh = await self._records.write_grant(stored, grant)
                    break
                except RecordChanged:
                    now = self._records.read(*stored.key)
                    if now.serial != stored.serial:
                        return now  # signed in anew meanwhile: that one counts
                    stored = now  # renamed, or the like
        except PenstockError as exc:
            log.warning("The new token of %s is not on the disk yet: %s", "/".join(stored.key), exc)
            self._unsaved[stored.key] = stored, grant
            return with_grant(stored, grant)
        self._unsaved.pop(stored.key, None)
        return fresh

    async def _save_again(self, stored: Stored) -> Stored:
        """Store a grant the disk has refused before."""
        before, grant = self._unsaved[stored.key]
        if stored.serial != before.serial:  # signed in anew meanwhile
            del self._unsaved[stored.key]
            return stored
        return await self._keep(stored, grant)

    async def _refused(self, stored: Stored, refusal: Refusal, is_refused: bool, was_cut: bool) -> Stored:
        key, grant = stored.key, stored.grant
        is_valid = grant is not None and grant.is_valid(self._clock.wall()) and not is_refused
        step = next_step(refusal, is_reread=False, is_valid=is_valid)
        if step is Step.REREAD:
            now = self._records.read(*key)
            if now.serial != stored.serial and key not in self._unsaved:
                return now
            step = next_step(refusal, is_reread=True, is_valid=is_valid)
        log.info("The token of %s was not renewed (%s): %s.", "/".join(key), refusal.code, step)
        if step is Step.USE:
            self._held[key] = stored.serial
            return stored
        if step is Step.RETRY:
            count = self._failed.get(key, (0, 0.0))[0] + 1
            pause_s = min(_FIRST_PAUSE_S * 2.0 ** min(count - 1, 30), _LONGEST_PAUSE_S)
            pause_s = max(pause_s, refusal.retry_after_s or 0.0)
            self._failed[key] = count, self._clock.monotonic() + pause_s
            if is_valid:
                return stored
            raise refusal.to_error(*key)
        why = refusal.to_error(*key).message + (_CUT if was_cut else "")
        stored = await self._records.write_state(stored, REAUTH if step is Step.REAUTH else CORRECT, why)
        raise needed(stored, why)
