"""Salesforce: accounts, contacts, leads, opportunities, and every other object (REST API).

docs        https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/
checked     2026-11, API version v67.0 (in the path; v68.0 may be out)
quirks      The host is the org's own, acme.my.salesforce.com, and never lightning.force.com; the sign-in says it as
            instance_url, which can change. Throttled is a 403 with REQUEST_LIMIT_EXCEEDED: of calls that run for more
            than 20 s at once, or of a rolling day, whose use every answer tells (Sforce-Limit-Info). A row's lock is a
            400 to be tried again. Errors are lists; calls for many records answer 200 with success=false inside. A
            create sent twice is two records: upsert by an external id is the safe way. Rows come by SOQL:
            accounts.list(where="Industry = 'Energy'"), with ' inside a text written as \\'; it has no *, and no page
            after row 2,000 but by the address of the next one. Ids have 15 or 18 characters. No webhooks: Outbound
            Messages are SOAP without a signature, change events are pulled (gRPC). A session lasts as long as the org
            says, and ends with a 401.
unverified  15,000 calls a day in a Developer Edition; three minutes for a JWT; the words of a 503; that PKCE is always
            taken; how the client's secret is sent; the paths and fields, as there is no description.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from penstock.catalog.definition import (
    BaseParameter,
    Bulk,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextUrl,
    OAuth2,
    Operation,
    Parameter,
    RateLimitHint,
    Response,
    Verdict,
    dig,
    fields,
    in_order,
    read,
)

_LIMITS = (
    "https://developer.salesforce.com/docs/atlas.en-us.salesforce_app_limits_cheatsheet.meta/"
    "salesforce_app_limits_cheatsheet/salesforce_app_limits_platform_api.htm, 2026-11"
)
_USED = re.compile(r"(?<![\w-])api-usage=(\d+)/(\d+)")
_DAY_SPENT_WAIT_S = 2 * 3600.0  # of a rolling day: some of it is free again by then. Ours, they name no time
_TOKEN = "https://{login}.salesforce.com/services/oauth2/token"
_BASE = (
    (
        "instance",
        "instance_url",
        r"https://((?:[a-z0-9-]+\.)+(?:salesforce\.com|salesforce\.mil|sfcrmproducts\.cn))/?",
        r"\1",
    ),
)
_CODES = (
    ("inactive_user", "invalid_grant"), ("inactive_org", "invalid_grant"), ("invalid_client_id", "invalid_client"),
    ("rate_limit_exceeded", "temporarily_unavailable"),
)  # fmt: skip
_SOBJECT = "/sobjects/{object}"
_JOB = "/jobs/ingest/{job_id}"
_LIST = "fields:csv where order_by limit:integer"
_OBJECTS = {
    "accounts": "Account", "attachments": "Attachment", "cases": "Case", "contacts": "Contact", "leads": "Lead",
    "opportunities": "Opportunity", "tasks": "Task", "users": "User",
}  # fmt: skip
_FIELDS = {
    "accounts": """
        AccountNumber Type Industry Rating Phone Fax Website Description ParentId NumberOfEmployees:integer
        AnnualRevenue:number Ownership Site Sic AccountSource BillingStreet BillingCity BillingState BillingPostalCode
        BillingCountry ShippingStreet ShippingCity ShippingState ShippingPostalCode ShippingCountry
    """,
    "attachments": "ContentType Description IsPrivate:boolean",
    "cases": """
        Subject Status Priority Origin Type Reason Description ContactId AccountId ParentId SuppliedName SuppliedEmail
        SuppliedCompany SuppliedPhone IsEscalated:boolean
    """,
    "contacts": """
        FirstName Salutation AccountId Email Phone MobilePhone HomePhone OtherPhone Fax Title Department Birthdate
        LeadSource Description ReportsToId AssistantName AssistantPhone MailingStreet MailingCity MailingState
        MailingPostalCode MailingCountry OtherStreet OtherCity OtherState OtherPostalCode OtherCountry
    """,
    "leads": """
        FirstName Salutation Title Email Phone MobilePhone Fax Website Status LeadSource Industry Rating Street City State
        PostalCode Country AnnualRevenue:number NumberOfEmployees:integer Description IsUnreadByOwner:boolean
    """,
    "opportunities": """
        Amount:number AccountId Type NextStep LeadSource Probability:number ForecastCategoryName CampaignId Pricebook2Id
        TotalOpportunityQuantity:number Description
    """,
    "tasks": """
        Subject ActivityDate WhoId WhatId Description TaskSubtype CallType CallDurationInSeconds:integer CallDisposition
        IsReminderSet:boolean ReminderDateTime
    """,
}
_NEEDED = {
    "accounts": "Name", "attachments": "ParentId Name Body", "cases": "", "contacts": "LastName",
    "leads": "LastName Company", "opportunities": "Name StageName CloseDate", "tasks": "Status Priority",
}  # fmt: skip
_BYTES = ("Body", "VersionData")


def classify(response: Response) -> Verdict | int | None:
    """Read a 403 for rate, a lock that will be gone, and a flow or composite call of which nothing succeeded."""
    status, body = response.status, response.body
    if status == 403 and read(response, "0.errorCode") == "REQUEST_LIMIT_EXCEEDED":
        return 429
    if status == 400 and read(response, "0.errorCode") == "UNABLE_TO_LOCK_ROW":
        return Verdict.TRANSIENT  # another call holds the record; nothing was done
    if status == 200 and body.startswith((b'[{"actionName"', b'{"compositeResponse"')):
        answers = read(response, "compositeResponse") if body[:1] == b"{" else read(response, "$")
        if isinstance(answers, list) and answers and all(_has_failed(one) for one in answers):
            return 400
    return None


def _has_failed(answer: Json) -> bool:
    status = dig(answer, "httpStatusCode")
    return dig(answer, "isSuccess") is False or (isinstance(status, int) and status >= 400)


def read_hint(response: Response) -> RateLimitHint | None:
    """Read the day's use, which every answer tells, and how long to leave a spent one alone."""
    if response.status == 403 and str(read(response, "0.message")).startswith("TotalRequests"):
        return RateLimitHint(remaining=0.0, retry_after_s=_DAY_SPENT_WAIT_S, scope="api-usage")
    said = _USED.search(response.headers.get("sforce-limit-info", ""))
    if said is None or "retry-after" in response.headers:
        return None
    used, limit = float(said[1]), float(said[2])
    return RateLimitHint(limit=limit, remaining=max(limit - used, 0.0), scope="api-usage") if limit else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write a list's SOQL, a file's bytes as base64, and the type of a CSV."""
    group, _, action = operation.rpartition(".")
    if action == "list" and group in _OBJECTS:
        return _write_soql(_OBJECTS[group], parameters)
    if operation == "bulk_jobs.upload":
        parameters.setdefault("content_type", "text/csv")
    for name in _BYTES:
        if isinstance(parameters.get(name), (bytes, bytearray)):
            parameters[name] = base64.b64encode(parameters[name]).decode()
    return parameters


def _write_soql(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    if "q" in parameters:
        return parameters
    columns, where, order_by, limit = (
        parameters.pop(key, None) for key in ("fields", "where", "order_by", "limit")
    )
    names = ", ".join(map(str, columns)) if isinstance(columns, (list, tuple)) else columns
    text = f"SELECT {names if isinstance(names, str) and names else 'FIELDS(STANDARD)'} FROM {name}"
    text += f" WHERE {where}" if isinstance(where, str) and where else ""
    text += f" ORDER BY {order_by}" if isinstance(order_by, str) and order_by else ""
    text += f" LIMIT {limit:.0f}" if isinstance(limit, (int, float)) and limit == limit else ""
    text += f" LIMIT {limit}" if isinstance(limit, str) and limit else ""
    return {**parameters, "q": text}


def _find_instance(credential: Mapping[str, str]) -> str | None:
    """The sign-in's answer says the host as instance_url."""
    url = credential.get("instance_url") or credential.get("instance") or ""
    return urlsplit(url if "//" in url else f"//{url}").hostname


def _typed(name: str | None = None) -> Any:
    """Return a function that makes a row's parameters the record a collection holds."""

    def item(given: dict[str, Any]) -> Json:
        kept = {key: value for key, value in given.items() if key != "object"}
        return {"attributes": {"type": name or given.get("object")}, **kept}

    return item


def _many(operation: str, name: str | None = None) -> Bulk:
    split = in_order("$", is_done="success", error="errors")
    return Bulk(operation, "records", 200, item=_typed(name), fixed={"allOrNone": False}, split=split)


_DELETE = Bulk(
    "collections.delete", "ids", 200, item=lambda given: given["id"], fixed={"allOrNone": False}, is_idempotent=False,
    split=in_order("$", is_done="success", error="errors", status=404),
)  # fmt: skip


def _record(group: str, *, has_external_id: bool = False) -> tuple[Operation, ...]:
    """Return what can be done with one kind of record."""
    name, needed, rest = _OBJECTS[group], _NEEDED[group], f"{_FIELDS[group]} OwnerId"
    path = f"/sobjects/{name}"
    record = f"{path}/{{id}}"
    created = fields(" ".join(f"{one}!" for one in needed.split()), rest)
    changed = fields(needed, rest)
    upsert = Operation(
        f"{group}.upsert", "PATCH", f"{path}/{{externalIdField}}/{{externalId}}", changed, is_idempotent=True,
        summary="Changes the record that has this value in its external id field, or makes one.",
    )  # fmt: skip
    return (
        Operation(f"{group}.create", "POST", path, created, bulk=_many("collections.create", name)),
        Operation(f"{group}.get", "GET", record, fields("fields:csv")),
        _list(group),
        Operation(
            f"{group}.update",
            "PATCH",
            record,
            changed,
            is_idempotent=True,
            bulk=_many("collections.update", name),
        ),
        *((upsert,) if has_external_id else ()),
        Operation(f"{group}.delete", "DELETE", record, bulk=_DELETE),
    )


def _list(group: str) -> Operation:
    return Operation(
        f"{group}.list", "GET", "/query", fields(_LIST), is_paginated=True,
        summary="All standard fields, or fields=; where= and order_by= as in SOQL.",
    )  # fmt: skip


_GET_LIMITS = Operation(
    "org_limits.get", "GET", "/limits", summary="What the org may still do today: DailyApiRequests.Remaining."
)

integration = Integration(
    name="salesforce",
    title="Salesforce",
    category="crm",
    docs="https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/",
    checked="2026-11",
    base_url="https://{instance}/services/data/{version}",
    base_parameters=(
        BaseParameter(
            "instance", derive=_find_instance, pattern=r"([a-z0-9-]+\.)+(salesforce\.com|salesforce\.mil|sfcrmproducts\.cn)",
            help="the org's host, for example acme.my.salesforce.com; a sign-in brings it along as instance_url",
        ),
        BaseParameter("version", default="v67.0", pattern=r"v\d\d\d?\.0", help="the API version"),
        BaseParameter(
            "plan", default="enterprise", pattern="enterprise|developer",
            help="the org's edition: enterprise (and all that is paid), or developer (and trials)",
        ),
    ),
    auth=(
        OAuth2(
            title="As a person",
            authorize="https://{login}.salesforce.com/services/oauth2/authorize",
            token=_TOKEN,
            revoke="https://{login}.salesforce.com/services/oauth2/revoke",
            scopes=("api", "refresh_token"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="static",
            keep=("instance_url",),
            base=_BASE,
            codes=_CODES,
            fields_optional=(("login", "login"),),
            note="login is login, test for a sandbox, or the org's own (acme.my). Keep instance_url, also after a refresh."
            " Refresh tokens rotate where the app says so.",
        ),
        OAuth2(
            title="As the app",
            token="https://{instance}/services/oauth2/token",
            grant="client_credentials",
            token_auth="client_secret_post",
            keep=("instance_url",),
            base=_BASE,
            codes=_CODES,
            note="At the org's own host only; acts as the user the app names.",
        ),
        OAuth2(
            title="As a person, with a certificate",
            token=_TOKEN,
            grant="jwt_bearer",
            token_auth="private_key_jwt",
            keep=("instance_url",),
            base=_BASE,
            codes=_CODES,
            fields_needed=("client_id", "username", "private_key"),
            fields_optional=(("login", "login"),),
            issuer="client_id",
            subject="username",
            audience="https://{login}.salesforce.com",
            assertion_lifetime_s=150,
            note="RS256: iss is the client_id, sub the username, aud https://login.salesforce.com, exp within three minutes.",
        ),
    ),
    limits=(
        Limit(100_000, per=86400.0, key="api-usage", when="enterprise", source=_LIMITS),
        Limit(15_000, per=86400.0, key="api-usage", when="developer", source=_LIMITS),
        Limit(25, when="enterprise", source=_LIMITS),
        Limit(5, when="developer", source=_LIMITS),
    ),
    variant=lambda credential, base: base.get("plan") or "enterprise",
    timeout_s=120.0,  # a call may run for two minutes
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=NextUrl("nextRecordsUrl", items="records"),
    errors=ErrorShape(
        message=("0.message", "0.errors.0.message", "results.0.errors.0.message", "compositeResponse.*.body.0.message",
                 "message", "error_description"),
        code=("0.errorCode", "0.errors.0.statusCode", "0.statusCode", "results.0.errors.0.statusCode",
              "compositeResponse.*.body.0.errorCode", "error"),
    ),
    hints={
        "INVALID_SESSION_ID": "The session has ended, or instance= is another org's: sign in again.",
        "REQUEST_LIMIT_EXCEEDED": "The calls of 24 hours are used up, or too many run at once; org_limits.get says which.",
        "API_DISABLED_FOR_ORG": "The edition has no API, or the user's profile lacks the permission API Enabled.",
        "REQUIRED_FIELD_MISSING": "Add the fields the message names; objects.describe shows which an object needs.",
        "INVALID_FIELD": "The object has no such field, or the user may not see it; custom ones end in __c.",
        "INVALID_FIELD_FOR_INSERT_UPDATE": "The field cannot be written, or not by this user.",
        "INVALID_CROSS_REFERENCE_KEY": "An id leads nowhere, or to another kind of object than the field is for.",
        "DUPLICATES_DETECTED": "A duplicate rule refuses it: look the record up, or use upsert with an external id.",
        "DUPLICATE_VALUE": "Another record has this value in a field that must be unique: use upsert.",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A validation rule of the org refuses it; the message is that rule's own.",
        "STRING_TOO_LONG": "A text is longer than its field; the message says which and by how much.",
        "MALFORMED_QUERY": "The SOQL cannot be read: write ' inside a text as \\', and name the fields, there is no *.",
        "MALFORMED_ID": "An id has 15 or 18 characters, and capitals matter in the short ones.",
        "NOT_FOUND": "No record has this id, the user may not see it, or the object's name is another one.",
        "ENTITY_IS_DELETED": "The record is in the recycle bin.",
        "INSUFFICIENT_ACCESS_OR_READONLY": "The user may not change this record: ask for a permission set, or its owner.",
        "UNABLE_TO_LOCK_ROW": "Another call holds the record; rows of one parent sent together do that.",
    },
    health=_GET_LIMITS,
    operations=(
        *_record("accounts", has_external_id=True),
        *_record("contacts", has_external_id=True),
        *_record("leads", has_external_id=True),
        *_record("opportunities", has_external_id=True),
        *_record("cases"),
        *_record("tasks"),
        *_record("attachments"),
        Operation("users.get", "GET", "/sobjects/User/{id}", fields("fields:csv")),
        _list("users"),
        Operation(
            "records.create", "POST", _SOBJECT, bulk=_many("collections.create"),
            summary="object= is the API name, Invoice__c for one of your own; all else are its fields.",
        ),
        Operation("records.get", "GET", f"{_SOBJECT}/{{id}}", fields("fields:csv")),
        Operation(
            "records.update", "PATCH", f"{_SOBJECT}/{{id}}", is_idempotent=True, bulk=_many("collections.update")
        ),
        Operation(
            "records.upsert", "PATCH", f"{_SOBJECT}/{{externalIdField}}/{{externalId}}", is_idempotent=True,
            bulk="collections.upsert",
            summary="Changes the record that has this value in its external id field, or makes one.",
        ),
        Operation("records.delete", "DELETE", f"{_SOBJECT}/{{id}}", bulk=_DELETE),
        Operation(
            "query.soql", "GET", "/query", fields("q!"), is_paginated=True,
            summary="For example q=\"SELECT Id, Name FROM Account WHERE CreatedDate = TODAY\".",
        ),
        Operation(
            "query.all", "GET", "/queryAll", fields("q!"), is_paginated=True, summary="The same, with deleted records."
        ),
        Operation("query.sosl", "GET", "/search", fields("q!"), items="searchRecords", summary='q="FIND {Ada} IN ALL FIELDS".'),
        Operation("objects.list", "GET", "/sobjects", items="sobjects"),
        Operation("objects.get", "GET", _SOBJECT, summary="What an object is, and the records used last."),
        Operation("objects.describe", "GET", f"{_SOBJECT}/describe", summary="Every field, with its type and choices."),
        Operation("notes.create", "POST", "/sobjects/Note", fields("ParentId! Title! Body IsPrivate:boolean OwnerId")),
        Operation(
            "campaign_members.create", "POST", "/sobjects/CampaignMember", fields("CampaignId! LeadId ContactId Status"),
            bulk=_many("collections.create", "CampaignMember"),
        ),
        Operation(
            "case_comments.create", "POST", "/sobjects/CaseComment", fields("ParentId! CommentBody! IsPublished:boolean")
        ),
        Operation(
            "content_versions.create", "POST", "/sobjects/ContentVersion",
            fields("VersionData! PathOnClient! Title Description ContentDocumentId FirstPublishLocationId OwnerId"),
            summary="A file: VersionData= takes bytes, or base64 text, of 37 MB at most.",
        ),
        Operation("flows.list", "GET", "/actions/custom/flow", items="actions"),
        Operation("flows.invoke", "POST", "/actions/custom/flow/{apiName}", fields("inputs:array!")),
        Operation(
            "collections.create", "POST", "/composite/sobjects", fields("records:array! allOrNone:boolean"),
            summary="Up to 200, each with attributes={'type': 'Account'}.",
        ),
        Operation(
            "collections.update", "PATCH", "/composite/sobjects", fields("records:array! allOrNone:boolean"),
            is_idempotent=True,
        ),
        Operation(
            "collections.upsert", "PATCH", "/composite/sobjects/{object}/{externalIdField}",
            fields("records:array! allOrNone:boolean"), is_idempotent=True,
        ),
        Operation("collections.delete", "DELETE", "/composite/sobjects", fields("ids:csv! allOrNone:boolean")),
        Operation(
            "composite.run", "POST", "/composite", fields("compositeRequest:array! allOrNone:boolean"),
            summary="Up to 25 calls that use one another's answers; counts as one.",
        ),
        Operation(
            "composite.create_tree", "POST", "/composite/tree/{object}", fields("records:array!"),
            summary="Up to 200 records and those below them.",
        ),
        Operation(
            "bulk_jobs.create", "POST", "/jobs/ingest",
            fields("""
                object! operation=insert|update|upsert|delete|hardDelete! externalIdFieldName contentType=CSV
                lineEnding=LF|CRLF columnDelimiter=COMMA|TAB|SEMICOLON|PIPE|CARET|BACKQUOTE assignmentRuleId
            """),
            summary="Millions of rows: create, upload, close, get until JobComplete, read the results.",
        ),
        Operation(
            "bulk_jobs.upload", "PUT", f"{_JOB}/batches",
            (
                Parameter("csv", type="any", is_required=True, wire="$"),
                Parameter("content_type", "header", choices=("text/csv",), wire="Content-Type"),
            ),
            body="raw", is_idempotent=False,  # a job takes one file, and refuses the second
            summary="Up to 150 MB of text.",
        ),
        Operation("bulk_jobs.update", "PATCH", _JOB, fields("state=UploadComplete|Aborted!"), is_idempotent=True),
        Operation("bulk_jobs.get", "GET", _JOB),
        Operation("bulk_jobs.list", "GET", "/jobs/ingest", fields("isPkChunkingEnabled:boolean jobType"), is_paginated=True),
        Operation("bulk_jobs.results", "GET", f"{_JOB}/successfulResults", summary="CSV."),
        Operation("bulk_jobs.failures", "GET", f"{_JOB}/failedResults", summary="CSV, each row with its sf__Error."),
        _GET_LIMITS,
    ),
    sandbox_base={"instance": "penstock.my.salesforce.com"},
    unverified=(
        "the token end point's codes beside the standard's",
        "15,000 calls a day in a Developer Edition",
        "three minutes for a JWT, PKCE, how the client's secret is sent",
        "that a spent day has calls again after two hours: they name no time",
        "the words of a 503",
        "37 MB for a file: the limit of a call's body",
        "paths and fields: there is no description to check them against, and each org has its own",
    ),
)  # fmt: skip
