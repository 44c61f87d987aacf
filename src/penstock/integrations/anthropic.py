"""Anthropic: Claude's answers, batches of them, files, and managed agents.

docs        https://platform.claude.com/docs/en/api/overview
checked     2026-11, anthropic-version 2023-06-01
quirks      Two things share 429: a rate limit (wait) and the month's spending cap (enforced_spend_limit_reached: never ask
            again). 529 overloaded_error is everybody's load, not your limit. Requests, input tokens and output tokens run
            out apart; the fields anthropic-ratelimit-*-reset are instants. Figures differ by tier and model family, so
            the one declared is the lowest known: the fields of every answer put the real one in its place. A stream is
            200 and may still end in an error event. No idempotency keys: an answer that was lost has been billed.
            Without anthropic-version everything is a 400. Agents and sessions want a beta named in anthropic-beta, which
            is sent with them here; beta= adds to it. Models and batches go on from an id (after_id), what is newer from a
            next_page. The Admin API wants a key of its own.
unverified  50 requests a minute as the lowest tier's figure, for messages, counting and batches alike (third parties); 60
            and 600 a minute for managed agents; that calls of prompts.* are still open; bearer tokens; 29 days
            of results; the webhooks' envelope and retries.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from penstock.catalog.definition import (
    ApiKey,
    BaseParameter,
    Bearer,
    BulkJob,
    Cursor,
    ErrorShape,
    Headers,
    Integration,
    JobItem,
    Limit,
    Operation,
    Part,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://platform.claude.com/docs/en/api/rate-limits, 2026-11"
_AGENT_RATES = "https://tygartmedia.com/claude-managed-agents-rate-limits-explained, 2026-11"
_CREATING = ("agents.create", "sessions.create", "sessions.send_events")
_READING = ("agents.list", "sessions.get", "sessions.list_events")
_LIST = "limit:integer after_id before_id"
_PAGED = "limit:integer page"
_MESSAGE = "model! messages:array! system:any tools:array tool_choice:object thinking:object"
_AGENTS = (("anthropic-beta", "managed-agents-2026-04-01"),)
_PROMPTS = (("anthropic-beta", "prompt-tools-2025-04-02"),)
_STREAMED = re.compile(rb'^event: error\r?\ndata:[^\n]*?"error"[^\n]*?"type"\s*:\s*"(\w+)"', re.MULTILINE)
_STATUS = {
    "overloaded_error": 503, "authentication_error": 401, "permission_error": 403, "invalid_request_error": 400,
    "not_found_error": 404, "timeout_error": 504,
}  # fmt: skip


def classify(response: Response) -> Verdict | int | None:
    """Tell money from rate, everybody's load from a failure, and an error at the end of a stream from a success."""
    status = response.status
    if status == 200 and response.headers.get("content-type", "").startswith("text/event-stream"):
        found = _STREAMED.search(response.body)
        # What it had said until then is billed, so an overload here is no mere refusal.
        return _STATUS.get(found[1].decode(), 500) if found else None
    if status == 429:
        is_money = read(response, "error.details.error_code") == "enforced_spend_limit_reached"
        return Verdict.PERMANENT if is_money or response.headers.get("x-should-retry") == "false" else None
    return 429 if status == 529 else None  # it was not begun, and asking on makes it worse


def read_hint(response: Response) -> RateLimitHint | None:
    """Read the bucket the fields describe, and how long a refusal lasts where no Retry-After says it."""
    headers = response.headers
    if response.status == 529:
        return RateLimitHint()  # its fields, if any, say nothing about the refusal
    if response.status != 429:
        return _read_bucket(headers)
    if "retry-after" in headers or "retry-after-ms" in headers:
        return None
    waits = [
        _seconds_until(headers, f"anthropic-ratelimit-{unit}-reset")
        for unit in ("requests", "tokens", "input-tokens", "output-tokens")
        if headers.get(f"anthropic-ratelimit-{unit}-remaining") == "0"
    ]
    known = [wait_s for wait_s in waits if wait_s is not None]
    return RateLimitHint(retry_after_s=max(known)) if known else None


def _read_bucket(headers: Headers) -> RateLimitHint | None:
    """Return size, level and pace: the reset is the instant at which the bucket is full again."""
    amounts = [headers.get(f"anthropic-ratelimit-requests-{word}", "") for word in ("limit", "remaining")]
    if not all(amount.isdigit() for amount in amounts) or amounts[0] == "0":
        return None
    size, left = map(float, amounts)
    full_in_s = _seconds_until(headers, "anthropic-ratelimit-requests-reset")
    pace = (size - left) / full_in_s if full_in_s and left < size else None
    return RateLimitHint(capacity=size, remaining=left, refill_rate=pace)


def _seconds_until(headers: Headers, name: str) -> float | None:
    """Return how far an RFC 3339 instant lies after the answer's own Date."""
    try:
        until = datetime.fromisoformat(headers.get(name, ""))
        return max((until - parsedate_to_datetime(headers.get("date", ""))).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None


def _write_batch(calls: Sequence[JobItem], name: str) -> dict[str, Any]:
    return {"requests": [{"custom_id": call.id, "params": call.body} for call in calls]}


def _read_results(content: bytes) -> Iterator[tuple[str, Part]]:
    """Read one result a line: a message, an error, or that the batch was stopped before it came to it."""
    for line in content.decode().splitlines():
        one = json.loads(line)
        result, kind = one["result"], one["result"]["type"]
        if kind == "succeeded":
            yield one["custom_id"], Part(result["message"])
        elif kind == "errored":
            said = result["error"].get("error", result["error"])
            yield one["custom_id"], Part(result["error"], _STATUS.get(str(said.get("type")), 500))
        else:
            yield (
                one["custom_id"],
                Part({"error": {"message": f"The request was {kind}: it was not begun."}}, 400),
            )


_JOB = BulkJob(
    submit="batches.create", write=_write_batch, poll="batches.get", poll_by="message_batch_id", max_items=100_000,
    max_bytes=250_000_000, is_ended=lambda batch: batch["processing_status"] == "ended",
    fetch=lambda batch: [("batches.results", {"message_batch_id": batch["id"]})], read=_read_results,
)  # fmt: skip
_PAGES = Cursor(request="page", next="next_page", items="data", size="limit", max_size=100)
_MODELS = Operation(
    "models.list", "GET", "/models", fields(_LIST), is_paginated=True, summary="Free of charge."
)

integration = Integration(
    name="anthropic",
    title="Anthropic",
    category="ai",
    docs="https://platform.claude.com/docs/en/api/overview",
    checked="2026-11",
    base_url="https://api.anthropic.com/v1",
    base_parameters=(
        BaseParameter("version", default="2023-06-01", pattern=r"\d{4}-\d\d-\d\d", help="the API version"),
        BaseParameter(
            "beta", default="", pattern=r"([a-z0-9-]+(,[a-z0-9-]+)*)?",
            help="betas to use everywhere: name-YYYY-MM-DD, several with commas",
        ),
    ),
    headers=(("anthropic-version", "{version}"), ("anthropic-beta", "{beta}")),
    auth=(
        ApiKey("api_key", header="x-api-key", note="sk-ant-api03-..., of one workspace; sk-ant-admin... for /organizations/*."),
        Bearer("access_token", note="A short-lived token (workload identity)."),
    ),
    limits=(
        Limit(50, per=60.0, burst=50, scope="parameter:model", only=("messages.create",), source=_RATES),
        Limit(50, per=60.0, burst=50, scope="parameter:model", only=("messages.count_tokens",), source=_RATES),
        Limit(50, per=60.0, burst=50, key="batches", only=("batches.*",), source=_RATES),
        Limit(60, per=60.0, burst=60, key="agents_made", only=_CREATING, source=_AGENT_RATES),
        Limit(600, per=60.0, burst=600, key="agents_read", only=_READING, source=_AGENT_RATES),
    ),
    read_hint=read_hint,
    classify=classify,
    pagination=Cursor(request="after_id", next="data.-1.id", more="has_more", size="limit", max_size=1000),
    errors=ErrorShape(message=("error.message",), code=("error.details.error_code", "error.type")),
    timeout_s=600.0,  # long answers take up to ten minutes; what takes longer is streamed or put into a batch
    hints={
        "authentication_error": "Check the key: it may be deleted, cut off when it was copied, or an Admin key.",
        "permission_error": "The key's workspace may not use this model or end point; ask its administrator.",
        "not_found_error": "Check the name or id; models.list shows the models there are.",
        "invalid_request_error": "The message names the field; at a spending limit of your own it says when access returns.",
        "billing_error": "The credit is spent: add some under Billing; waiting will not help.",
        "request_too_large": "Send less: 32 MB for a message, 256 MB for a batch, 500 MB for a file.",
        "rate_limit_error": "Other programs may use the same organization; lower the rate with limit=ps.Limit(n, per=1.0).",
        "enforced_spend_limit_reached": "The tier's cap for the month is reached: ask for a higher tier; waiting will not help.",
        "overloaded_error": "Everybody waits now, whatever their limits; Penstock asks again later.",
        "timeout_error": "Use stream=True or a batch for answers that take longer than ten minutes.",
    },
    health=_MODELS,
    operations=(
        _MODELS,
        Operation("models.get", "GET", "/models/{model_id}"),
        Operation(
            "messages.create", "POST", "/messages",
            fields(_MESSAGE, """
                max_tokens:integer! temperature:number top_p:number top_k:integer stop_sequences:array stream:boolean
                metadata:object service_tier=auto|standard_only container:any cache_control:object output_config:object
                speed=standard|fast inference_geo
            """),
            bulk="batches.create", bulk_job=_JOB, summary='For example messages=[{"role": "user", "content": "..."}].',
        ),
        Operation(
            "messages.count_tokens", "POST", "/messages/count_tokens", fields(_MESSAGE), is_idempotent=True,
            summary="What a message would take in, free of charge.",
        ),
        Operation(
            "batches.create", "POST", "/messages/batches", fields("requests:array!"),
            summary="Up to 100,000 messages within a day at half the price: requests=[{custom_id, params}].",
        ),
        Operation("batches.list", "GET", "/messages/batches", fields(_LIST), is_paginated=True),
        Operation("batches.get", "GET", "/messages/batches/{message_batch_id}"),
        Operation(
            "batches.results", "GET", "/messages/batches/{message_batch_id}/results",
            summary="One JSON text a line, in any order: match by custom_id. In .text; kept for 29 days.",
        ),
        Operation("batches.cancel", "POST", "/messages/batches/{message_batch_id}/cancel", is_idempotent=True),
        Operation("batches.delete", "DELETE", "/messages/batches/{message_batch_id}"),
        Operation(
            "files.upload", "POST", "/files", fields("file:any! expires_in_seconds:integer"), body="multipart",
            summary="file is bytes, or (its name, bytes, its type).",
        ),
        Operation("files.list", "GET", "/files", fields(_PAGED, "ids:array scope_id"), is_paginated=True, pagination=_PAGES),
        Operation("files.get", "GET", "/files/{file_id}"),
        Operation(
            "files.download", "GET", "/files/{file_id}/content",
            summary="Only of files that Claude made: .body has the bytes.",
        ),
        Operation("files.delete", "DELETE", "/files/{file_id}"),
        Operation(
            "agents.create", "POST", "/agents",
            fields("""
                name! model:any! system description tools:array mcp_servers:array skills:array metadata:object
                multiagent:object
            """),
            headers=_AGENTS,
        ),
        Operation("agents.list", "GET", "/agents", fields(_PAGED), is_paginated=True, pagination=_PAGES, headers=_AGENTS),
        Operation(
            "sessions.create", "POST", "/sessions",
            fields("""
                agent:any! environment_id! title resources:array vault_ids:array metadata:object initial_events:array
                budget:object
            """),
            headers=_AGENTS,
        ),
        Operation("sessions.get", "GET", "/sessions/{session_id}", headers=_AGENTS),
        Operation(
            "sessions.send_events", "POST", "/sessions/{session_id}/events", fields("events:array!"), headers=_AGENTS,
        ),
        Operation(
            "sessions.list_events", "GET", "/sessions/{session_id}/events", fields(_PAGED, "order=asc|desc"),
            is_paginated=True, pagination=_PAGES, headers=_AGENTS,
        ),
        Operation(
            "skills.create", "POST", "/skills", fields("display_name files:any!"), body="multipart",
            summary="files is a list of (path, bytes), with SKILL.md at its top.",
        ),
        Operation(
            "skills.list", "GET", "/skills", fields(_PAGED, "source=custom|anthropic"), is_paginated=True,
            pagination=_PAGES,
        ),
        Operation(
            "prompts.generate", "POST", "/experimental/generate_prompt", fields("task! target_model"), is_idempotent=True,
            headers=_PROMPTS, summary="A closed preview: the account must have been let in.",
        ),
        Operation(
            "prompts.improve", "POST", "/experimental/improve_prompt",
            fields("messages:array! system feedback target_model"), is_idempotent=True, headers=_PROMPTS,
        ),
        Operation(
            "prompts.templatize", "POST", "/experimental/templatize_prompt", fields("messages:array! system"),
            is_idempotent=True, headers=_PROMPTS,
        ),
    ),
    webhooks=WebhookSource(
        Signature(
            "webhook-signature", signed="{id}.{timestamp}.{body}", encoding="base64", prefix="v1,",
            timestamp="header:webhook-timestamp", tolerance_s=300.0, secret="whsec",
            note="Standard Webhooks, of managed agents only; {id} is the field webhook-id.",
        ),
        event="body:data.type",
        delivery="header:webhook-id",
        retries="What gets no 2xx is sent again; a redirect is not followed.",
    ),
    unverified=(
        "50 requests a minute as the lowest tier's figure; limits in tokens differ by tier and are not declared",
        "60 and 600 requests a minute for managed agents",
        "whether the three calls of prompts.* are still open, and their beta",
        "bearer tokens",
        "results kept for 29 days",
        "the envelope of webhooks, and how often they are sent again",
    ),
)  # fmt: skip
