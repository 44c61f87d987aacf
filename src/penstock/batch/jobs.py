"""A vendor's batch job: many rows handed in at once, asked after until they are worked off, and fetched.

The job's id is on the disk as soon as it is known: a run taken up again asks after the same job, and hands in nothing.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from penstock.batch.bulk import settle_part
from penstock.batch.groups import Group, Shape
from penstock.batch.keys import derive_group_key
from penstock.batch.mapping import row_text
from penstock.catalog.bulk import BulkJob, JobItem, Part
from penstock.catalog.definition import Operation
from penstock.catalog.paths import dig
from penstock.engine.client import Client
from penstock.errors import (
    CallFailed,
    OutcomeUncertain,
    ProviderError,
    RunCancelled,
    ServerFailed,
    SignInNeeded,
    Throttled,
    UsageError,
)
from penstock.model import Call, Headers, Journal, Json, Request, Response

log = logging.getLogger("penstock.batch")

POLL_FIRST_S, POLL_FACTOR, POLL_MOST_S = 1.0, 1.5, 60.0
FETCHES = 5  # how often results are sought that are said to be there
LINE_BYTES = 300  # what a job holds of a call besides its body
ASK_AGAIN = "run.retry_failed(), or run the cell again: the job is asked for anew, and nothing is handed in."
MOST_JOBS_SEEN = 500  # of those the service lists, newest first, when one is looked for


class _Watch:
    """The journal of calls that change nothing: they wait as the group does, and leave no intent."""

    def __init__(self, group: Group) -> None:
        self._group = group

    async def intent(self, attempt: int, request: Request | None) -> None:
        await self._group.runner.admit(None)

    def refused(self, attempt: int) -> None:
        pass

    def waits(self, reason: str | None, until: float | None) -> None:
        self._group.waits(reason, until)


class JobCall:
    """Hand groups of rows in as jobs."""

    kind = "job"
    is_harmless = False

    def __init__(self, client: Client, operation: Operation, job: BulkJob) -> None:
        self._client, self.single, self.job = client, operation, job
        self._recipe = client.recipe(operation)
        self._submit = client.index.get(job.submit)
        recipe = client.recipe(self._submit)
        key = client.desk.integration.idempotency
        self.is_resendable, self.takes_key = recipe.is_resendable, recipe.takes_key
        self.key_lifetime_s = key.lifetime_s if key is not None and recipe.takes_key else None
        self.max_items, self.max_bytes = job.max_items, job.max_bytes
        self._base_path = urlsplit(client.base_url).path.rstrip("/")

    @property
    def can_find(self) -> bool:
        """Say whether a job can be looked for whose id was not yet known when the process ended."""
        return self.job.find is not None or self.is_resendable

    def shape(self, parameters: Mapping[str, Any]) -> Shape | None:
        """Return how a row fits in, None where its request is none a job can hold."""
        request = self._recipe.fill(Call(self.single.name, parameters))
        try:
            body = json.loads(request.body) if request.body else None
        except ValueError:
            return None
        address = urlsplit(request.url)
        item = JobItem("", request.method, address.path.removeprefix(self._base_path), address.query, body)
        shared = row_text([parameters.get(name) for name in self.job.shared])
        return Shape(shared, item, len(request.body or b"") + LINE_BYTES)

    async def take(self, group: Group) -> None:
        """Hand a group in unless it is already, wait for its end, and write what became of each row."""
        gathering = group.runner.gathering
        assert gathering is not None
        id = gathering.jobs.get(group.name)
        if id is None:
            id = await self._hand_in(group)
            # Kept in memory first: were there no room on the disk, it would not be handed in twice for that.
            gathering.jobs[group.name] = id
        await group.runner.ledger.keep_job(group.name, id)
        for entry in group.entries:
            entry.is_open = False  # no doubt is left: the job can be asked for
        record = await self._wait(group, id)
        results, response = await self._fetch(group, id, record)
        missing = self.job.missing(record) if self.job.missing is not None else None
        for entry in group.entries:
            part = results.get(_name_row(entry.place), missing)
            if not settle_part(entry, part, self._client, self.single, response, is_harmless=False):
                # Refused for rate within the job, which is over: the row can be sent again.
                part = Part(part.data if part else None, 409)
                settle_part(entry, part, self._client, self.single, response, is_harmless=False)

    # Handing in

    async def _hand_in(self, group: Group) -> str:
        if group.unanswered:
            id = await self._find(group)
            if id is not None:
                return id
            if not self.is_resendable:
                raise OutcomeUncertain(
                    f"It was being handed in ({self.job.submit}) when the run was interrupted, and no answer was recorded.",
                    hint="Look at the service whether the job is there; on_uncertain='resend' hands the rows in again.",
                )
        job = self.job
        items = [entry.item._replace(id=_name_row(entry.place)) for entry in group.entries]
        parameters = job.write(items, group.name)
        if job.upload is not None and job.link is not None:
            uploaded = await self._ask(job.upload, parameters, group, _Watch(group))
            parameters = job.link(uploaded.data, items, group.name)
        try:
            answer = await self._ask(job.submit, parameters, group, group)
        except OutcomeUncertain:
            id = await self._find(group)
            if id is None:
                raise
            return id
        found = dig(answer.data, job.id)
        if found is None:
            raise OutcomeUncertain(
                f"The answer to {job.submit} has no job in it.", response=answer, status=answer.status
            )
        return str(found)

    async def _find(self, group: Group) -> str | None:
        """Return the id of the job with the group's name, None where the service lists none."""
        job = self.job
        if job.find is None or job.is_found is None:
            return None
        operation = self._client.index.get(job.find)
        seen = self._client.pages(operation, {}, max_items=MOST_JOBS_SEEN, source=group.runner.plan.name)
        try:
            async for page in seen:
                for record in page.items:
                    if job.is_found(record, group.name):
                        return str(dig(record, job.id))
        except SignInNeeded:
            raise
        except CallFailed as exc:
            raise OutcomeUncertain(
                f"Whether the job was handed in could not be found out: {exc.message}", hint=ASK_AGAIN
            ) from exc
        return None

    async def _ask(
        self, name: str, parameters: Mapping[str, Any], group: Group, journal: Journal
    ) -> Response:
        operation = self._client.index.get(name)
        checked = self._client.index.check(operation, parameters)
        plan = group.runner.plan
        takes_key = self._client.recipe(operation).takes_key and journal is group
        key = derive_group_key(plan.secret, group.name, self.single.name) if takes_key else None
        call = Call(name, checked, key, plan.name, None, None, float("inf"), journal)
        return await self._client.call(call, operation=operation)

    # Waiting, and fetching

    async def _wait(self, group: Group, id: str) -> Json:
        """Return the job's record once it is over. That it cannot be asked for now is no reason to give it up."""
        pause_s = POLL_FIRST_S
        while True:
            record: Json = None
            try:
                record = (await self._ask(self.job.poll, {self.job.poll_by: id}, group, _Watch(group))).data
            except SignInNeeded:
                raise
            except CallFailed as exc:
                if isinstance(exc, ProviderError) and not isinstance(exc, (ServerFailed, Throttled)):
                    raise OutcomeUncertain(
                        f"The job {id} cannot be asked for: {exc.message}",
                        status=exc.status,
                        response=exc.response,
                    ) from exc
            if record is not None and self.job.is_ended(record):
                return record
            await self._rest(group, pause_s)
            pause_s = min(POLL_MOST_S, pause_s * POLL_FACTOR)

    async def _rest(self, group: Group, pause_s: float) -> None:
        clock = group.runner.clock
        if group.runner.stopping is not None:
            raise RunCancelled(
                "The run ended while its job was worked off; run again, it asks after the same job."
            )
        group.waits("job", clock.wall() + pause_s)
        try:
            await clock.sleep(pause_s)
        finally:
            group.waits(None, None)

    async def _fetch(self, group: Group, id: str, record: Json) -> tuple[dict[str, Part], Response]:
        """Return what became of each call, by its id within the job, and the last answer."""
        why: Exception | None = None
        response = Response(200, Headers(), b"")
        for _ in range(FETCHES):
            results: dict[str, Part] = {}
            try:
                for source in self.job.fetch(record):
                    response = await self._get(source, group)
                    results.update(self.job.read(response.body))
                return results, response
            except (SignInNeeded, RunCancelled, UsageError):
                raise
            except Exception as exc:  # what the service's file cannot read is as good as not there
                why = exc
                await self._rest(group, POLL_FIRST_S)
                record = await self._wait(group, id)  # an address may have expired: this gives a fresh one
        log.warning("The results of the job %s could not be read: %s", id, type(why).__name__)
        raise OutcomeUncertain(
            f"The job {id} is over, and its results could not be read ({type(why).__name__}).",
            hint=ASK_AGAIN,
        ) from why

    async def _get(self, source: str | tuple[str, Mapping[str, Any]], group: Group) -> Response:
        if not isinstance(source, str):
            return await self._ask(source[0], source[1], group, _Watch(group))
        if not source.startswith((f"{self._client.base_url}/", "https://")):
            raise OutcomeUncertain("The results are said to be at an address that is not https.")
        response = await self._client.forward(Request("GET", source))
        if response.status != 200:
            raise ServerFailed(f"The results' address answered {response.status}.", status=response.status)
        return response


def _name_row(place: int) -> str:
    return f"row-{place}"
