"""Mailchimp: audiences, their members, and campaigns (Marketing API).

docs        https://mailchimp.com/developer/marketing/api/
checked     2026-11, API version 3.0 (in the path)
quirks      The host is the data centre at the end of the key (...-us21). Ten calls at once and no other figure; no
            limit fields at all. A bare 403 without JSON comes from the edge and means "too fast". A member's id is
            the MD5 of the lower-case address, made here from email_address. The PUT of a member is the safe upsert.
            An OAuth token does not expire (expires_in is 0) and does not say its data centre: give dc=.
unverified  the bare 403 (a third party's reading of the fundamentals page); 500 batches pending at most; parameters
            are from the reference as remembered, the public index has none.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from penstock.catalog.definition import (
    BaseParameter,
    Basic,
    Bearer,
    Bulk,
    BulkJob,
    ErrorShape,
    Integration,
    JobItem,
    Json,
    Limit,
    OAuth2,
    Offset,
    Operation,
    Part,
    Response,
    WebhookSource,
    fields,
)

_LISTED = "count:integer offset:integer fields:csv exclude_fields:csv"
_MEMBER = """
    email_type=html|text merge_fields:object interests:object language vip:boolean location:object
    marketing_permissions:array ip_signup timestamp_signup ip_opt timestamp_opt
"""
_STATUS = "subscribed|unsubscribed|cleaned|pending|transactional"
_SORTED = "sort_dir=ASC|DESC"
_PERSON = "/lists/{list_id}/members/{subscriber_hash}"


def classify(response: Response) -> int | None:
    """Read a 403 without a JSON body as the edge refusing for rate: the API's own 403 explains itself."""
    if response.status == 403 and not response.body.lstrip().startswith(b"{"):
        return 429
    return None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make a member's id from the address, and take an address for the id."""
    if operation not in _OF_ONE_MEMBER:
        return parameters
    member = parameters.get("subscriber_hash")
    if not isinstance(member, str):
        member = parameters.get("email_address")
    if isinstance(member, str):
        if "@" in member:
            member = _hash(member)
        parameters["subscriber_hash"] = member
    if operation not in _WITH_ADDRESS:
        parameters.pop("email_address", None)
    return parameters


def _hash(address: str) -> str:
    return hashlib.md5(address.strip().lower().encode(), usedforsecurity=False).hexdigest()


def _split(answer: Json, items: Sequence[Json]) -> list[Part | None]:
    """Find each member's record, or what was wrong with it, by the address: the answer has neither order nor numbers."""
    said: dict[str, list[Part | None]] = {}
    for member in (*answer["new_members"], *answer["updated_members"]):
        said.setdefault(_hash(member["email_address"]), []).append(Part(member))
    for error in answer["errors"]:
        is_there = error.get("error_code") == "ERROR_CONTACT_EXISTS"
        data = {
            "title": "Member Exists" if is_there else "Invalid Resource",
            "status": 400,
            "detail": error.get("error"),
        }
        said.setdefault(_hash(error["email_address"]), []).append(Part(data, 400))
    return [(said.get(_hash(item["email_address"])) or [None]).pop(0) for item in items]


def _as_upserted(parameters: dict[str, Any]) -> Json | None:
    """Return a member to add or change; one who keeps a status, or gets another address, must go by themselves."""
    status = parameters.get("status")
    if status != parameters.get("status_if_new") or parameters["subscriber_hash"] != _hash(
        parameters["email_address"]
    ):
        return None
    return {
        name: value for name, value in parameters.items() if name not in ("status_if_new", "subscriber_hash")
    }


def _write_job(calls: Sequence[JobItem], name: str) -> dict[str, Any]:
    return {
        "operations": [
            {
                "operation_id": call.id,
                "method": call.method,
                "path": call.path,
                "params": dict(parse_qsl(call.query)),
                "body": json.dumps(call.body),
            }
            for call in calls
        ]
    }


def _read_job(packed: bytes) -> Iterator[tuple[str, Part]]:
    """Read the tar.gz of JSON files that a finished batch leaves."""
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        for entry in archive:
            content = archive.extractfile(entry) if entry.isfile() else None
            for row in json.load(content) if content is not None else ():
                data = json.loads(row["response"]) if row.get("response") else None
                yield row["operation_id"], Part(data, int(row["status_code"]))


_MANY, _SHARED = "lists.batch_members", ("list_id", "skip_merge_validation")
_JOB = BulkJob(
    submit="batches.create", write=_write_job, poll="batches.get", poll_by="batch_id", max_items=5000,
    is_ended=lambda batch: batch["status"] == "finished", fetch=lambda batch: (batch["response_body_url"],), read=_read_job,
)  # fmt: skip


def _find_data_centre(credential: Mapping[str, str]) -> str | None:
    if credential.get("dc"):
        return credential["dc"]
    found = (re.search(r"-([a-z]{2,4}\d{1,3})$", value) for value in credential.values())
    return next((match[1] for match in found if match), None)


_PING = Operation("ping.get", "GET", "/ping", summary="Answers when the key is good.")

integration = Integration(
    name="mailchimp",
    title="Mailchimp",
    category="marketing",
    docs="https://mailchimp.com/developer/marketing/api/",
    checked="2026-11",
    base_url="https://{dc}.api.mailchimp.com/3.0",
    base_parameters=(
        BaseParameter(
            "dc", derive=_find_data_centre, pattern=r"[a-z]{2,4}\d{1,3}",
            help="the data centre: what stands after the last dash of the API key, for example us21",
        ),
    ),
    auth=(
        Basic(password="api_key", fixed_user="penstock", note="Any user name; the key ends in its data centre."),
        Bearer("api_key", note="The same key as a bearer token."),
        OAuth2(
            authorize="https://login.mailchimp.com/oauth2/authorize",
            token="https://login.mailchimp.com/oauth2/token",
            token_auth="client_secret_post",
            lookup="https://login.mailchimp.com/oauth2/metadata",
            lookup_prefix="OAuth ",
            keep=("dc",),
            base=(("dc", "dc", r"([a-z]{2,4}\d{1,3})", r"\1"),),
            note="No scopes, does not expire. GET https://login.mailchimp.com/oauth2/metadata says the dc.",
        ),
    ),
    limits=(
        Limit(10, source="https://mailchimp.com/developer/marketing/docs/fundamentals/#api-limits, 2026-11"),
    ),
    timeout_s=120.0,  # Mailchimp itself cuts a call after 120 s
    classify=classify,
    adjust=adjust,
    pagination=Offset(request="offset", size="count", total="total_items", items="members", max_size=1000),
    errors=ErrorShape(message=("detail", "errors.0.message", "title"), code=("title",)),
    hints={
        "Member Exists": "They are in this audience already: use members.upsert, which adds or changes.",
        "Forgotten Email Not Subscribed": "They were deleted for good: only they can come back, through a signup form.",
        "Member In Compliance State": "They unsubscribed or bounced: subscribe them as status=pending, so that they confirm.",
        "Invalid Resource": "Mailchimp refused a field or an address; required merge fields can be passed over with"
        " skip_merge_validation=True.",
        "API Key Invalid": "Check the key, and that it belongs to the data centre at its end.",
        "Resource Not Found": "Check list_id (Audience > Settings > Audience name and defaults), and that they are in it.",
        "Too Many Requests": "More than ten calls ran at once: other programs use the same key; lower the concurrency.",
        "403": "The key's user may not do this, or the plan does not have it.",
    },
    health=_PING,
    operations=(
        _PING,
        Operation(
            "lists.list", "GET", "/lists",
            fields(_LISTED, _SORTED, """
                sort_field=date_created email before_date_created since_date_created before_campaign_last_sent
                since_campaign_last_sent has_ecommerce_store:boolean include_total_contacts:boolean
            """),
            is_paginated=True, items="lists", summary="The audiences.",
        ),
        Operation(
            "lists.get", "GET", "/lists/{list_id}",
            fields("fields:csv exclude_fields:csv include_total_contacts:boolean"),
        ),
        Operation(
            "lists.batch_members", "POST", "/lists/{list_id}",
            fields("members:array! update_existing:boolean sync_tags:boolean ?skip_merge_validation:boolean"
                   " ?skip_duplicate_check:boolean"),
            summary="Up to 500 members in one call; answers 200 with errors[] for those it refused.",
        ),
        Operation(
            "members.list", "GET", "/lists/{list_id}/members",
            fields(_LISTED, _SORTED, f"""
                status={_STATUS}|archived email_type since_timestamp_opt before_timestamp_opt since_last_changed
                before_last_changed unique_email_id vip_only:boolean interest_category_id interest_ids:csv
                interest_match=any|all|none sort_field=timestamp_opt|timestamp_signup|last_changed
                since_last_campaign:boolean unsubscribed_since
            """),
            is_paginated=True, items="members",
        ),
        Operation("members.get", "GET", _PERSON, fields("subscriber_hash fields:csv exclude_fields:csv")),
        Operation(
            "members.create", "POST", "/lists/{list_id}/members",
            fields(f"email_address! status={_STATUS}! tags:array", _MEMBER, "?skip_merge_validation:boolean"),
            # Sent twice, the second would be told that all members exist.
            bulk=Bulk(_MANY, into="members", max_items=500, shared=_SHARED, split=_split, is_idempotent=False),
            bulk_job=_JOB,
        ),
        Operation(
            "members.upsert", "PUT", _PERSON,
            fields(
                f"subscriber_hash email_address! status_if_new={_STATUS}! status={_STATUS}", _MEMBER,
                "?skip_merge_validation:boolean",
            ),
            bulk=Bulk(
                _MANY, into="members", max_items=500, shared=_SHARED, fixed={"update_existing": True}, item=_as_upserted,
                split=_split, is_idempotent=True,
            ),
            bulk_job=_JOB, summary="Add a member, or change the one there is: safe to send twice.",
        ),
        Operation(
            "members.update", "PATCH", _PERSON,
            fields(f"subscriber_hash email_address status={_STATUS}", _MEMBER, "?skip_merge_validation:boolean"),
            is_idempotent=True, bulk=_MANY, bulk_job=_JOB,  # the bulk call would add who is not there
        ),
        Operation(
            "members.archive", "DELETE", _PERSON, fields("subscriber_hash"),
            summary="They can be added again; delete_permanent cannot be undone.",
        ),
        Operation(
            "members.delete_permanent", "POST", f"{_PERSON}/actions/delete-permanent", fields("subscriber_hash"),
            is_idempotent=True, summary="For good: the address can never be added again through the API.",
        ),
        Operation(
            "member_tags.update", "POST", f"{_PERSON}/tags", fields("subscriber_hash tags:array! is_syncing:boolean"),
            is_idempotent=True, summary='tags=[{"name": "vip", "status": "active"}]; "inactive" takes one away.',
        ),
        Operation(
            "member_events.create", "POST", f"{_PERSON}/events",
            fields("subscriber_hash name! properties:object is_syncing:boolean occurred_at"),
        ),
        Operation(
            "merge_fields.list", "GET", "/lists/{list_id}/merge-fields", fields(_LISTED, "type required:boolean"),
            is_paginated=True, items="merge_fields",
        ),
        Operation(
            "segments.list", "GET", "/lists/{list_id}/segments",
            fields(_LISTED, """
                type since_created_at before_created_at since_updated_at before_updated_at include_cleaned:boolean
                include_transactional:boolean include_unsubscribed:boolean
            """),
            is_paginated=True, items="segments",
        ),
        Operation(
            "interest_categories.list", "GET", "/lists/{list_id}/interest-categories", fields(_LISTED, "type"),
            is_paginated=True, items="categories",
        ),
        Operation(
            "campaigns.list", "GET", "/campaigns",
            fields(_LISTED, _SORTED, """
                type=regular|plaintext|absplit|rss|variate status=save|paused|schedule|sending|sent before_send_time
                since_send_time before_create_time since_create_time list_id folder_id member_id
                sort_field=create_time|send_time
            """),
            is_paginated=True, items="campaigns",
        ),
        Operation("campaigns.get", "GET", "/campaigns/{campaign_id}", fields("fields:csv exclude_fields:csv")),
        Operation(
            "campaigns.create", "POST", "/campaigns",
            fields("""
                type=regular|plaintext|absplit|rss|variate! recipients:object settings:object variate_settings:object
                tracking:object rss_opts:object social_card:object content_type=template|multichannel
            """),
        ),
        Operation("campaigns.delete", "DELETE", "/campaigns/{campaign_id}"),
        Operation(
            "campaigns.set_content", "PUT", "/campaigns/{campaign_id}/content",
            fields("html plain_text url template:object archive:object variate_contents:array"),
        ),
        Operation("campaigns.send", "POST", "/campaigns/{campaign_id}/actions/send"),
        Operation("campaigns.replicate", "POST", "/campaigns/{campaign_id}/actions/replicate"),
        Operation("reports.get", "GET", "/reports/{campaign_id}", fields("fields:csv exclude_fields:csv")),
        Operation(
            "webhooks.create", "POST", "/lists/{list_id}/webhooks", fields("url! events:object sources:object"),
            summary="Changes made through the API are sent only with sources.api true.",
        ),
        Operation(
            "batches.create", "POST", "/batches", fields("operations:array!"),
            summary="Any mix of calls, done in the background; the result is a tar.gz.",
        ),
        Operation("batches.get", "GET", "/batches/{batch_id}", fields("fields:csv exclude_fields:csv")),
        Operation(
            "search.members", "GET", "/search-members", fields("query! list_id fields:csv exclude_fields:csv"),
            items="full_search.members",
        ),
    ),
    sandbox_base={"dc": "us1"},
    webhooks=WebhookSource(
        None, event="body:type", handshake="A GET to the address must answer 200 when the webhook is saved.",
        retries="For a while; an address that goes on failing is removed. Not signed: put a long secret into the query.",
    ),
    unverified=(
        "the bare 403 as throttling",
        "500 batches pending at most",
        "parameters and their choices: from the reference as remembered",
    ),
)  # fmt: skip

_OF_ONE_MEMBER = frozenset(o.name for o in integration.operations if "{subscriber_hash}" in o.path)
_WITH_ADDRESS = frozenset({"members.upsert", "members.update"})  # whose body has the address as well
