"""OpenAI: answers, embeddings, moderation, images, and batches of them.

docs        https://developers.openai.com/api/reference/overview
checked     2026-11, the description's version 2.3.0 (v1 in the path)
quirks      Two things share 429: a rate limit (wait) and money (insufficient_quota: never ask again). Requests and
            tokens run out apart, and come back at different times; fields say when, as 12ms, 1s, 6m0s. A daily cap
            comes without Retry-After. Figures differ by organisation, model and usage tier, so the one declared here
            is only a ceiling: the fields of every answer put the real one in its place. No idempotency keys: a
            completion whose answer was lost may have been billed. A response can be 200 and yet failed or incomplete:
            look at its status. With stream=True the whole stream comes as text (.text); files are uploaded through
            connection.http, being multipart.
unverified  30,000 requests a minute as the highest figure of any tier; limits in tokens, by the day and of the batch
            queue; 2,048 inputs for one embeddings call; that there are no idempotency keys; that a restricted key needs
            the model-list permission for the health call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Bulk,
    BulkJob,
    Cursor,
    ErrorShape,
    Headers,
    Integration,
    JobItem,
    Json,
    Limit,
    NextUrl,
    Operation,
    Part,
    RateLimitHint,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    parse_duration,
    read,
)

_RATES = "https://developers.openai.com/api/docs/guides/rate-limits, 2026-11"
_MONEY = frozenset(
    {"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "billing_not_active"}
)
_AGAIN = re.compile(r"try again in ((?:\d+(?:\.\d+)?(?:ms|h|m|s))+)", re.IGNORECASE)
_LIST = "after limit:integer"
_SAMPLING = """
    temperature:number top_p:number top_logprobs:integer tools:array tool_choice:any parallel_tool_calls:boolean
    store:boolean metadata:object moderation:object service_tier safety_identifier user prompt_cache_key
    prompt_cache_retention prompt_cache_options:object
"""


def classify(response: Response) -> Verdict | None:
    """Tell money from rate, and an overloaded engine from a broken one."""
    if response.status == 429:
        said = {read(response, "error.code"), read(response, "error.type")}
        return Verdict.PERMANENT if said & _MONEY else None
    if response.status == 503:
        text = str(read(response, "error.message") or "").lower()
        if "overloaded" in text or "slow down" in text:
            return Verdict.THROTTLED  # it was not begun, and asking on makes it worse
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Read the bucket the fields describe, and how long a refusal lasts where no Retry-After says it."""
    if response.status != 429:
        return _read_bucket(response.headers)
    if "retry-after" in response.headers:
        return None
    waits = [
        parse_duration(response.headers.get(f"x-ratelimit-reset-{unit}", ""))
        for unit in ("requests", "tokens")
        if response.headers.get(f"x-ratelimit-remaining-{unit}") == "0"
    ]
    told = _AGAIN.search(str(read(response, "error.message") or ""))
    if told:
        waits.append(parse_duration(told[1]))
    known = [wait_s for wait_s in waits if wait_s is not None]
    return RateLimitHint(retry_after_s=max(known)) if known else None


def _read_bucket(headers: Headers) -> RateLimitHint | None:
    """Return size, level and pace: a reset is the time until the bucket is full again, be it a minute's or a day's."""
    amounts = [headers.get(f"x-ratelimit-{word}-requests", "") for word in ("limit", "remaining")]
    if amounts == ["", ""]:
        return None
    if not all(amount.isdigit() for amount in amounts) or amounts[0] == "0":
        return RateLimitHint()  # Azure and some proxies fill them with 0 and -1, which say nothing
    size, left = map(float, amounts)
    full_in_s = parse_duration(headers.get("x-ratelimit-reset-requests", ""))
    pace = (size - left) / full_in_s if full_in_s and left < size else None
    return RateLimitHint(capacity=size, remaining=left, refill_rate=pace)


def _as_input(parameters: dict[str, Any]) -> Json | None:
    """Return the text to embed; a row that is a list of them already goes by itself, as does what the call cannot share."""
    text = parameters.pop("input")
    return text if isinstance(text, str) and not parameters else None


def _split_embeddings(answer: Json, items: Sequence[Json]) -> list[Part | None]:
    """Give each text its own embedding, in the shape its own call would answer; the usage is of all together."""
    rest = {name: value for name, value in answer.items() if name not in ("data", "usage")}
    found: dict[int, Part] = {
        one["index"]: Part({**rest, "data": [{**one, "index": 0}]}) for one in answer["data"]
    }
    return [found.get(place) for place in range(len(items))]


def _write_lines(calls: Sequence[JobItem], name: str) -> dict[str, Any]:
    lines = (
        {"custom_id": call.id, "method": call.method, "url": f"/v1{call.path}", "body": call.body}
        for call in calls
    )
    content = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    return {"purpose": "batch", "file": (f"{name}.jsonl", content, "application/jsonl")}


def _link_file(file: Json, calls: Sequence[JobItem], name: str) -> dict[str, Any]:
    return {
        "input_file_id": file["id"], "endpoint": f"/v1{calls[0].path}", "completion_window": "24h",
        "metadata": {"penstock": name},
    }  # fmt: skip


def _find_files(batch: Json) -> list[tuple[str, dict[str, Any]]]:
    ids = (batch.get("output_file_id"), batch.get("error_file_id"))
    return [("files.get_content", {"file_id": id}) for id in ids if id]


def _read_lines(content: bytes) -> Iterator[tuple[str, Part]]:
    for line in content.decode().splitlines():
        one = json.loads(line)
        answer = one.get("response") or {"status_code": 400, "body": {"error": one.get("error")}}
        yield one["custom_id"], Part(answer["body"], int(answer["status_code"]))


def _why_unanswered(batch: Json) -> Part | None:
    """Return why calls have no result: a batch that failed, expired or was cancelled never began them."""
    if batch["status"] == "completed":
        return None
    errors = (batch.get("errors") or {}).get("data") or [{"message": f"The batch is {batch['status']}."}]
    return Part({"error": errors[0]}, 400)


_JOB = BulkJob(
    upload="files.upload", write=_write_lines, submit="batches.create", link=_link_file, poll="batches.get",
    poll_by="batch_id", max_items=50_000, max_bytes=190_000_000, shared=("model",),
    is_ended=lambda batch: batch["status"] in ("completed", "failed", "expired", "cancelled"),
    fetch=_find_files, read=_read_lines, missing=_why_unanswered,
    find="batches.list", is_found=lambda batch, name: (batch.get("metadata") or {}).get("penstock") == name,
)  # fmt: skip

_MODELS = Operation(
    "models.list", "GET", "/models", is_paginated=True, pagination=NextUrl(next="next_url"),
    summary="Those this key may use, all on one page.",
)  # fmt: skip

integration = Integration(
    name="openai",
    title="OpenAI",
    category="ai",
    docs="https://developers.openai.com/api/reference/overview",
    checked="2026-11",
    base_url="https://api.openai.com/v1",
    base_parameters=(
        BaseParameter("organization", default="", pattern=r"(org-[\w-]+)?", help="whose usage it is: org-..."),
        BaseParameter("project", default="", pattern=r"(proj_\w+)?", help="the project it counts for: proj_..."),
    ),
    headers=(("OpenAI-Organization", "{organization}"), ("OpenAI-Project", "{project}")),  # an empty one is refused
    auth=(Bearer("api_key", note="sk-proj- (a project's) or a service account's; sk-admin- serves /organization/* only."),),
    limits=(Limit(30_000, per=60.0, burst=30_000, scope="parameter:model", source=_RATES),),
    read_hint=read_hint,
    classify=classify,
    pagination=Cursor(request="after", next="data.-1.id", more="has_more", size="limit", max_size=100),
    errors=ErrorShape(message=("error.message",), code=("error.code", "error.type")),
    timeout_s=600.0,  # long answers take up to ten minutes
    hints={
        "invalid_api_key": "Check the key: it may be deleted, cut off when it was copied, or of another organisation.",
        "insufficient_quota": "The credit is spent or the budget reached: add credit under Billing; waiting will not help.",
        "credit_balance_exhausted": "The prepaid credit is spent: add some under Billing; waiting will not help.",
        "rate_limit_exceeded": "Other programs may use the same organisation; lower the rate with limit=ps.Limit(n, per=1.0).",
        "model_not_found": "Check the model's name; models.list shows those this key may use.",
        "context_length_exceeded": "Shorten the messages, ask for a shorter answer, or take a model with a larger context.",
        "unsupported_parameter": "The model does not take this parameter; newer ones want max_completion_tokens.",
        "unsupported_country_region_territory": "OpenAI does not serve the region this address is in.",
        "403": "Give the key, or its project, the permission for this model or end point.",
    },
    health=_MODELS,
    operations=(
        _MODELS,
        Operation("models.get", "GET", "/models/{model}"),
        Operation(
            "chat_completions.create", "POST", "/chat/completions",
            fields("messages:array! model!", _SAMPLING, """
                max_completion_tokens:integer max_tokens:integer n:integer stop:any seed:integer response_format:object
                reasoning_effort verbosity=low|medium|high frequency_penalty:number presence_penalty:number
                logprobs:boolean logit_bias:object modalities:array audio:object prediction:object web_search_options:object
            """),
            bulk_job=_JOB, summary='For example messages=[{"role": "user", "content": "..."}].',
        ),
        Operation(
            "responses.create", "POST", "/responses",
            fields("model input:any instructions", _SAMPLING, """
                max_output_tokens:integer max_tool_calls:integer reasoning:object text:object include:array prompt:object
                previous_response_id conversation:any truncation=auto|disabled background:boolean context_management:array
            """),
            bulk_job=_JOB, summary="input is a text, or a list of messages.",
        ),
        Operation("responses.get", "GET", "/responses/{response_id}", fields("include:array")),
        Operation("responses.delete", "DELETE", "/responses/{response_id}"),
        Operation(
            "responses.cancel", "POST", "/responses/{response_id}/cancel", is_idempotent=True,
            summary="Of one made with background=True.",
        ),
        Operation(
            "embeddings.create", "POST", "/embeddings",
            fields("input:any! model! dimensions:integer encoding_format=float|base64 user"),
            is_idempotent=True,
            # All inputs of a call may have 300,000 tokens together, and no token is less than a byte.
            bulk=Bulk(
                "embeddings.create", into="input", max_items=2048, max_bytes=300_000, item=_as_input, split=_split_embeddings,
                shared=("model", "dimensions", "encoding_format", "user"),
            ),
            bulk_job=_JOB, summary="input is a text, or a list of up to 2,048.",
        ),
        Operation(
            "moderations.create", "POST", "/moderations", fields("input:any! model"),
            is_idempotent=True, bulk="moderations.create", summary="input is a text, or a list of them.",
        ),
        Operation(
            "images.generate", "POST", "/images/generations",
            fields("""
                prompt! model n:integer size quality background=transparent|opaque|auto output_format=png|jpeg|webp
                output_compression:integer moderation=low|auto style=vivid|natural response_format=url|b64_json user
            """),
        ),
        Operation("files.list", "GET", "/files", fields(_LIST, "purpose order=asc|desc"), is_paginated=True),
        Operation(
            "files.upload", "POST", "/files",
            fields("file:any! purpose=assistants|batch|fine-tune|vision|user_data|evals! expires_after:object"),
            body="multipart", is_idempotent=True, summary='file=("name.jsonl", b"..."); twice makes two, which does no harm.',
        ),
        Operation("files.get", "GET", "/files/{file_id}"),
        Operation(
            "files.get_content", "GET", "/files/{file_id}/content",
            summary="The file itself: .body has its bytes, .text its text.",
        ),
        Operation("files.delete", "DELETE", "/files/{file_id}"),
        Operation(
            "batches.create", "POST", "/batches",
            fields("""
                input_file_id! completion_window=24h! metadata:object output_expires_after:object
                endpoint=/v1/responses|/v1/chat/completions|/v1/embeddings|/v1/completions|/v1/moderations|/v1/images/generations|/v1/images/edits|/v1/videos!
            """),
            summary="Up to 50,000 lines of a file of requests, at half the price, within a day.",
        ),
        Operation("batches.list", "GET", "/batches", fields(_LIST), is_paginated=True),
        Operation("batches.get", "GET", "/batches/{batch_id}"),
        Operation("batches.cancel", "POST", "/batches/{batch_id}/cancel"),
    ),
    webhooks=WebhookSource(
        Signature(
            "webhook-signature", signed="{id}.{timestamp}.{body}", encoding="base64", prefix="v1,",
            timestamp="header:webhook-timestamp", tolerance_s=300, secret="whsec",
            note="Standard Webhooks: several values with spaces between them, any may match; the id is in webhook-id.",
        ),
        event="body:type", delivery="header:webhook-id",
        retries="For up to 72 hours, on anything but 2xx; not in order, sometimes twice.",
    ),
    unverified=(
        "30,000 requests a minute as the highest figure of any tier",
        "limits in tokens, by the day, and of the batch queue: they differ by organisation and are not declared",
        "2,048 inputs for one embeddings call",
        "that no idempotency keys are known",
        "that a restricted key needs the model-list permission for the health call",
    ),
)  # fmt: skip
