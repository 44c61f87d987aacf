"""Typeform: forms, their responses, and webhooks for them.

docs        https://www.typeform.com/developers/
checked     2026-11; the API has no version
quirks      Two calls a second, and no limit fields. Accounts kept in Europe live on another host (domain=typeform.eu, or
            the older eu.typeform.com), where OAuth clients are registered apart. Responses go on from the token of the
            last one (before), never by page numbers and never with sort; those of the last half hour may be missing.
            forms.update replaces the whole form: a field left out, or without its id, loses its answers. Webhooks are
            put under a tag of your own, so that putting one twice does no harm; their signature is base64, and there is
            none where no secret was set. expires_in of a token has been seen to be an instant.
unverified  whether the limit is the account's or the token's; the bodies of errors; that refresh tokens rotate; how the
            client signs in at the token end point; 1,000 responses for one deletion; eu.typeform.com; operations that are
            not about forms, themes and images (from the docs as remembered).
"""

from __future__ import annotations

import base64
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    PageNumber,
    Parameter,
    Signature,
    WebhookSource,
    fields,
)

_PAGE = "page:integer page_size:integer"
_FORM = "/forms/{form_id}"
_HOOK = f"{_FORM}/webhooks/{{tag}}"
_CONTENT = """
    title! type workspace:object theme:object settings:object fields:array logic:array welcome_screens:array
    thankyou_screens:array hidden:array variables:object
"""


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write an image's bytes as the base64 Typeform wants."""
    image = parameters.get("image")
    if isinstance(image, (bytes, bytearray)):
        parameters["image"] = base64.b64encode(image).decode()
    return parameters


_FORMS = Operation(
    "forms.list", "GET", "/forms",
    fields(_PAGE, "search workspace_id sort_by=created_at|last_updated_at order_by=asc|desc"), is_paginated=True,
)  # fmt: skip

integration = Integration(
    name="typeform",
    title="Typeform",
    category="forms",
    docs="https://www.typeform.com/developers/",
    checked="2026-11",
    base_url="https://api.{domain}",
    base_parameters=(
        BaseParameter(
            "domain", default="typeform.com", pattern=r"typeform\.com|typeform\.eu|eu\.typeform\.com",
            help="where the account is kept: typeform.com, typeform.eu, or eu.typeform.com (the older one in Europe)",
        ),
    ),
    auth=(
        Bearer("token", note="A personal access token (tfp_...)."),
        OAuth2(
            authorize="https://api.{domain}/oauth/authorize",
            token="https://api.{domain}/oauth/token",
            scopes=("offline", "accounts:read", "forms:read", "responses:read", "webhooks:write"),
            pkce=False,
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=604_800,
            note="Without the scope offline there is no refresh token. In Europe the same paths on api.typeform.eu, with"
            " a client of its own.",
        ),
    ),
    limits=(Limit(2, per=1.0, source="https://github.com/lirantal/typeform-client/issues/34, 2026-11"),),
    adjust=adjust,
    pagination=PageNumber(request="page", size="page_size", items="items", total_pages="page_count", max_size=200),
    errors=ErrorShape(
        message=("description", "details.0.description", "message", "error_description"), code=("code", "error")
    ),
    hints={
        "AUTHENTICATION_FAILED": "Check the token, and where the account is kept: domain=typeform.eu for one in Europe.",
        "FORBIDDEN": "Give the token the scope this needs (forms:write, responses:read, webhooks:write).",
        "NOT_FOUND": "Check the id, and where the account is kept: a form in Europe is not on api.typeform.com.",
        "FORM_NOT_FOUND": "Check form_id: it stands in the form's address after /to/; deleted forms are gone.",
        "VALIDATION_ERROR": "The details name the field; properties of a question differ by its type.",
        "TOO_MANY_REQUESTS": "Two calls a second for everything that uses this account; Penstock waits and asks again.",
        "403": "Give the token the scope this needs, or ask for the right to this workspace.",
    },
    health=_FORMS,
    operations=(
        Operation("me.get", "GET", "/me", summary="Whose token this is; needs the scope accounts:read."),
        _FORMS,
        Operation("forms.get", "GET", _FORM),
        Operation("forms.create", "POST", "/forms", fields(_CONTENT)),
        Operation(
            "forms.update", "PUT", _FORM, fields("id", _CONTENT),
            summary="Replaces the whole form: read it first, and keep the ids of its fields, or their answers are lost.",
        ),
        Operation(
            "forms.patch", "PATCH", _FORM, (Parameter("changes", "body", "array", is_required=True, wire="$"),),
            summary='changes=[{"op": "replace", "path": "/title", "value": "New"}].',
        ),
        Operation("forms.delete", "DELETE", _FORM),
        Operation(
            "responses.list", "GET", f"{_FORM}/responses",
            fields("""
                page_size:integer before after since until included_response_ids:csv excluded_response_ids:csv
                completed:boolean response_type:csv sort query fields:csv answered_fields:csv
            """),
            is_paginated=True, pagination=Cursor(request="before", next="items.-1.token", items="items", size="page_size",
                                                 max_size=1000),
            summary="The newest first; no sort while pages are read.",
        ),
        Operation(
            "responses.delete", "DELETE", f"{_FORM}/responses", fields("included_response_ids:csv!"),
            bulk="responses.delete", summary="Up to 1,000 ids; they go a little later.",
        ),
        Operation(
            "responses.file", "GET", f"{_FORM}/responses/{{response_id}}/fields/{{field_id}}/files/{{filename}}",
            summary="The file itself: .body has its bytes.",
        ),
        Operation("insights.get", "GET", "/insights/{form_id}/summary"),
        Operation("webhooks.list", "GET", f"{_FORM}/webhooks", items="items"),
        Operation("webhooks.get", "GET", _HOOK),
        Operation(
            "webhooks.upsert", "PUT", _HOOK,
            fields("url! enabled:boolean secret verify_ssl:boolean event_types:object"),
            summary="tag is a name of your choice; without secret deliveries are not signed.",
        ),
        Operation("webhooks.delete", "DELETE", _HOOK),
        Operation("workspaces.list", "GET", "/workspaces", fields(_PAGE, "search"), is_paginated=True),
        Operation("workspaces.get", "GET", "/workspaces/{workspace_id}"),
        Operation("workspaces.create", "POST", "/workspaces", fields("name!")),
        Operation("themes.list", "GET", "/themes", fields(_PAGE), is_paginated=True),
        Operation("images.list", "GET", "/images", items="$"),
        Operation(
            "images.create", "POST", "/images", fields("image:any url file_name"),
            summary="image= takes bytes or base64, with file_name; or url=.",
        ),
    ),
    webhooks=WebhookSource(
        Signature(
            "Typeform-Signature", encoding="base64", prefix="sha256=",
            note="Only where a secret was set; over the raw body, with the line break at its end.",
        ),
        event="body:event_type",
        delivery="body:event_id",
        answer_within_s=30.0,
        retries="After 408, 423, 429 and 503 every two or three minutes for ten hours, else a few times; a 404 or 410"
        " disables the webhook at once, as does a day of nothing but failures.",
    ),
    unverified=(
        "whether the limit is the account's or the token's",
        "the bodies of errors",
        "that refresh tokens rotate, and how the client signs in at the token end point",
        "1,000 responses for one responses.delete",
        "the host api.eu.typeform.com, and signing in there",
        "operations other than forms, themes and images: from the docs as remembered",
    ),
)  # fmt: skip
