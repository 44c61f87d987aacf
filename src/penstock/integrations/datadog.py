"""Datadog: metrics, monitors, logs, dashboards.

docs        https://docs.datadoghq.com/api/latest/
checked     2026-11, v1 and v2 side by side, in the path
quirks      Every account lives on one site, and a wrong site answers 403 as a wrong key does: site= must be given. Two keys
            at once: the application key is for all but sending data. Limits are known only from the answers to each call
            (X-RateLimit-Name, -Limit, -Period, -Reset in seconds from now); there is no Retry-After. A query that fails is
            a 200 with status "error", refused points are a 202 with errors. Each list has its own way to page; monitors
            come all at once unless a page is asked for. Validating proves the API key alone.
unverified  no figure is published but the one for events; the bodies of refusals; largest pages; lifetimes and rotation of
            OAuth tokens; what a webhook gets after a failure. Logs and v2 events are taken in on hosts named after the
            site (http-intake.logs.SITE), which these operations do not reach; logs are read, not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.catalog.definition import (
    ApiKey,
    ApiKeys,
    BaseParameter,
    Bearer,
    Bulk,
    Cursor,
    ErrorShape,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Offset,
    Operation,
    PageNumber,
    Parameter,
    RateLimitHint,
    Response,
    WebhookSource,
    dig,
    fields,
    read,
)

_RATES = "https://docs.datadoghq.com/api/latest/rate-limits/, 2026-11"
_SITES = (
    r"datadoghq\.com|us3\.datadoghq\.com|us5\.datadoghq\.com|ap1\.datadoghq\.com|ap2\.datadoghq\.com|uk1\.datadoghq\.com"
    r"|datadoghq\.eu|ddog-gov\.com|us2\.ddog-gov\.com"
)
_KINDS = {"count": 1, "rate": 2, "gauge": 3}  # of a metric; 0 leaves it as it is known
_MOST_BYTES = 500_000  # of series in one call; how many there may be is not said
_MONITOR = "name message tags:array options:object priority:integer multi:boolean restricted_roles:array"
_SEARCHED = "filter:object options:object page:object sort=timestamp|-timestamp"


def classify(response: Response) -> int | None:
    """Read a query that failed inside a 200, and points that were refused inside a 202."""
    if response.status == 200 and read(response, "status") == "error" and read(response, "error"):
        return 400
    if response.status == 202 and read(response, "errors.0"):
        return 400
    return None


def read_hint(response: Response) -> RateLimitHint | None:
    """Return how long a refused call waits: until its limit is counted anew."""
    reset = response.headers.get("x-ratelimit-reset", "")
    if response.status != 429 or not reset.isdigit():
        return None
    wait_s = float(reset)
    return RateLimitHint(
        remaining=0.0, reset_in_s=wait_s, retry_after_s=wait_s, scope=response.headers.get("x-ratelimit-name")
    )


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Make a series of a row with a metric, a value and a time; ask monitors and searches for pages."""
    if operation == "metrics.submit" and "metric" in parameters and parameters.get("series") is None:
        given = {
            name: parameters.pop(name, None)
            for name in ("metric", "value", "timestamp", "type", "tags", "unit", "host")
        }
        at = given["timestamp"]
        at = int(at.timestamp()) if hasattr(at, "timestamp") else at
        series = {
            "metric": given["metric"],
            "points": [_drop_missing({"timestamp": at, "value": given["value"]})],
            "type": _KINDS.get(str(given["type"])),
            "tags": given["tags"],
            "unit": given["unit"],
            "resources": [{"name": given["host"], "type": "host"}] if given["host"] else None,
        }
        parameters["series"] = [_drop_missing(series)]
    elif operation == "monitors.list":
        parameters.setdefault("page", 0)  # without one they come all at once, and the next page repeats them
    elif operation in ("logs.search", "events.search"):
        page = parameters.get("page") or {}
        if isinstance(page, dict):
            parameters["page"] = {"limit": 1000, **page}
    return parameters


def _as_series(given: dict[str, Any]) -> Json | None:
    """Return the one series that was made of a row; a row that brings a list goes by itself."""
    series = given.get("series")
    return series[0] if isinstance(series, list) and len(series) == 1 and len(given) == 1 else None


def _drop_missing(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value is not None}


def _ask_next(asked: Mapping[str, Any], answer: Json, rows: list[Any]) -> Mapping[str, Any] | None:
    """Put the cursor where a search has it: inside the page of its body."""
    after = dig(answer, "meta.page.after")
    return {**asked, "page": {**(asked.get("page") or {}), "cursor": after}} if after and rows else None


def _pages(*names: str) -> tuple[Parameter, ...]:
    """Return the parameters whose name on the wire is page[...]."""
    return tuple(
        Parameter(name, type="string" if name == "page_cursor" else "integer", wire=f"page[{name[5:]}]")
        for name in names
    )


_VALIDATE = Operation(
    "keys.validate", "GET", "/api/v1/validate", summary="Says whether the API key is good, no more."
)

integration = Integration(
    name="datadog",
    title="Datadog",
    category="monitoring",
    docs="https://docs.datadoghq.com/api/latest/",
    checked="2026-11",
    base_url="https://api.{site}",
    base_parameters=(
        BaseParameter(
            "site", derive=lambda credential: credential.get("site"), pattern=_SITES,
            help="where the account lives, as in the address of its pages: datadoghq.com, us5.datadoghq.com, datadoghq.eu",
        ),
    ),
    auth=(
        ApiKeys(
            header=(("api_key", "DD-API-KEY"), ("application_key", "DD-APPLICATION-KEY")),
            note="Both belong to one site; the application key can only do what it was given scopes for.",
        ),
        ApiKey("api_key", header="DD-API-KEY", note="Alone it may send data, and nothing else."),
        Bearer("token", note="A personal or a service access token."),
        OAuth2(
            authorize="https://app.{site}/oauth2/v1/authorize",
            token="https://api.{site}/oauth2/v1/token",
            revoke="https://api.{site}/oauth2/v1/revoke",
            scopes=("dashboards_read", "metrics_read", "monitors_read", "events_read"),
            pkce=True,
            token_auth="client_secret_post",
            refresh="rotates",
            access_token_lifetime_s=3600,
            keep=("site", "domain"),
            base=(("site", "site", f"({_SITES})", r"\1"),),
            note="For partners only. The way back says the site: ask for the token there.",
        ),
    ),
    limits=(Limit(250_000, per=60.0, only=("events.create",), source=_RATES),),
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    pagination=Cursor(request="page_cursor", next="meta.page.after", size="page_limit", max_size=1000),
    errors=ErrorShape(
        message=("errors.0.detail", "errors.0.title", "errors.0", "error"), code=("errors.0.code", "errors.0.title", "status")
    ),
    hints={
        "Forbidden": "Check the site first: keys of another site are refused like wrong ones. Then both keys, and the"
        " application key's scopes.",
        "Unauthorized": "Check the keys, and that they belong to this site.",
        "400": "Datadog refused a value; the message names it.",
        "401": "Check the keys, and that they belong to this site.",
        "403": "Check the site first: keys of another site are refused like wrong ones. Then the application key's scopes.",
        "404": "Nothing there has this id; the one of another site or organisation is not seen either.",
        "409": "There is one of this name already: look it up, and change it.",
        "413": "Send less at once: 500 kB of series.",
        "429": "The limit of this call is spent by all programs of the organisation; Datadog's support can raise it.",
    },
    health=_VALIDATE,
    operations=(
        _VALIDATE,
        Operation(
            "metrics.submit", "POST", "/api/v2/series",
            fields("series:array! metric value:number timestamp:integer type=count|rate|gauge tags:array unit host"),
            is_idempotent=True, bulk=Bulk("metrics.submit", "series", 1000, _MOST_BYTES, item=_as_series),
            summary="One point of metric=, value= and timestamp= (epoch seconds), or series= with many; one of the same"
            " time and tags replaces it.",
        ),
        Operation("metrics.query", "GET", "/api/v1/query", fields("from:integer! to:integer! query!"), items="series"),
        Operation(
            "metrics.query_timeseries", "POST", "/api/v2/query/timeseries",
            fields("from:integer! to:integer! queries:array! formulas:array interval:integer"),
            into="data.attributes", fixed={"data": {"type": "timeseries_request"}}, is_idempotent=True,
            summary="from and to in milliseconds.",
        ),
        Operation(
            "metrics.list", "GET", "/api/v2/metrics",
            (
                *_pages("page_size", "page_cursor"),
                Parameter("tags", wire="filter[tags]"),
                Parameter("metric_type", choices=("non_distribution", "distribution"), wire="filter[metric_type]"),
                Parameter("configured", type="boolean", wire="filter[configured]"),
                Parameter("queried", type="boolean", wire="filter[queried]"),
                Parameter("window_seconds", type="integer", wire="window[seconds]"),
            ),
            is_paginated=True,
            pagination=Cursor(
                request="page_cursor", next="meta.pagination.next_cursor", size="page_size", max_size=10_000
            ),
        ),
        Operation(
            "events.create", "POST", "/api/v1/events",
            fields("""
                title! text! tags:array alert_type=error|warning|info|success|user_update|recommendation|snapshot
                aggregation_key date_happened:integer device_name host priority=normal|low related_event_id:integer
                source_type_name
            """),
        ),
        Operation(
            "events.list", "GET", "/api/v2/events",
            (
                *_pages("page_limit", "page_cursor"),
                Parameter("query", wire="filter[query]"),
                Parameter("from", wire="filter[from]"),
                Parameter("to", wire="filter[to]"),
                Parameter("sort", choices=("timestamp", "-timestamp")),
            ),
            is_paginated=True,
        ),
        Operation(
            "events.search", "POST", "/api/v2/events/search", fields(_SEARCHED),
            is_paginated=True, pagination=NextCall(_ask_next), is_idempotent=True,
            summary='filter={"query": ..., "from": "now-15m", "to": "now"}.',
        ),
        Operation(
            "logs.search", "POST", "/api/v2/logs/events/search", fields(_SEARCHED),
            is_paginated=True, pagination=NextCall(_ask_next), is_idempotent=True,
            summary='filter={"query": "service:web", "from": "now-15m", "to": "now"}.',
        ),
        Operation(
            "logs.aggregate", "POST", "/api/v2/logs/analytics/aggregate",
            fields("compute:array filter:object group_by:array options:object page:object"),
            items="data.buckets", is_idempotent=True,
        ),
        Operation(
            "monitors.create", "POST", "/api/v1/monitor", fields("type! query!", _MONITOR),
            summary='type="query alert", query="avg(last_5m):avg:system.cpu.user{*} > 90".',
        ),
        Operation(
            "monitors.list", "GET", "/api/v1/monitor",
            fields("page:integer page_size:integer name tags:csv monitor_tags:csv group_states:csv with_downtimes:boolean"),
            is_paginated=True, pagination=PageNumber(size="page_size", first=0, items="$", max_size=1000),
        ),
        Operation(
            "monitors.get", "GET", "/api/v1/monitor/{monitor_id}",
            fields("monitor_id:integer! group_states:csv with_downtimes:boolean with_assets:boolean"),
        ),
        Operation(
            "monitors.update", "PUT", "/api/v1/monitor/{monitor_id}", fields("monitor_id:integer! query type", _MONITOR),
        ),
        Operation(
            "monitors.delete", "DELETE", "/api/v1/monitor/{monitor_id}", fields("monitor_id:integer! force"),
            summary="One that others are built on is deleted with force=true only.",
        ),
        Operation(
            "downtimes.create", "POST", "/api/v2/downtime",
            fields("""
                scope! monitor_identifier:object! schedule:object message display_timezone
                mute_first_recovery_notification:boolean notify_end_states:array notify_end_types:array
            """),
            into="data.attributes", fixed={"data": {"type": "downtime"}},
            summary='monitor_identifier={"monitor_id": 1} or {"monitor_tags": ["*"]}.',
        ),
        Operation(
            "downtimes.list", "GET", "/api/v2/downtime",
            (*_pages("page_limit", "page_offset"), *fields("current_only:boolean include")),
            is_paginated=True, pagination=Offset(request="page_offset", size="page_limit"),
        ),
        Operation(
            "dashboards.list", "GET", "/api/v1/dashboard",
            (
                *fields("start:integer count:integer"),
                Parameter("shared", type="boolean", wire="filter[shared]"),
                Parameter("deleted", type="boolean", wire="filter[deleted]"),
            ),
            is_paginated=True, pagination=Offset(request="start", size="count", items="dashboards"),
        ),
        Operation("dashboards.get", "GET", "/api/v1/dashboard/{dashboard_id}"),
        Operation(
            "dashboards.create", "POST", "/api/v1/dashboard",
            fields("""
                title! layout_type=ordered|free! widgets:array! description notify_list:array reflow_type=auto|fixed
                restricted_roles:array tags:array template_variables:array template_variable_presets:array
            """),
        ),
        Operation(
            "dashboards.delete_many", "DELETE", "/api/v1/dashboard", (Parameter("data", "body", "array", True),),
            is_idempotent=False,  # one that is gone makes the whole call fail
            summary='data=[{"id": ..., "type": "dashboard"}].',
        ),
        Operation(
            "incidents.create", "POST", "/api/v2/incidents",
            fields("""
                title! customer_impacted:boolean! customer_impact_scope fields:object incident_type_uuid initial_cells:array
                is_test:boolean notification_handles:array
            """),
            into="data.attributes", fixed={"data": {"type": "incidents"}},
        ),
        Operation(
            "incidents.list", "GET", "/api/v2/incidents", (*_pages("page_size", "page_offset"), *fields("include:csv")),
            is_paginated=True, pagination=Offset(request="page_offset", size="page_size"),
        ),
        Operation(
            "slos.list", "GET", "/api/v1/slo",
            fields("limit:integer offset:integer ids:csv query tags_query metrics_query is_deleted:boolean"),
            is_paginated=True, pagination=Offset(size="limit", max_size=1000),
        ),
        Operation(
            "hosts.list", "GET", "/api/v1/hosts",
            fields("""
                start:integer count:integer filter sort_field sort_dir from:integer include_muted_hosts_data:boolean
                include_hosts_metadata:boolean
            """),
            is_paginated=True,
            pagination=Offset(request="start", size="count", items="host_list", total="total_matching", max_size=1000),
        ),
        Operation(
            "users.list", "GET", "/api/v2/users",
            (
                *_pages("page_size", "page_number"),
                *fields("sort sort_dir=asc|desc filter"),
                Parameter("status", wire="filter[status]"),
            ),
            is_paginated=True, pagination=PageNumber(request="page_number", size="page_size", first=0),
        ),
        Operation(
            "webhooks.create", "POST", "/api/v1/integration/webhooks/configuration/webhooks",
            fields("name! url! payload custom_headers encode_as=json|form"),
            summary="Monitors reach it as @webhook-NAME in their message.",
        ),
    ),
    sandbox_base={"site": "datadoghq.com"},
    webhooks=WebhookSource(
        None,  # not signed: a secret goes into custom_headers
        event="body:event_type",
        delivery="body:id",
        answer_within_s=15.0,
        retries="After a 5xx up to five times.",
    ),
    unverified=(
        "no figure of a limit is published but the one for events",
        "the bodies of refusals",
        "the largest pages of lists",
        "that a point of the same metric, time and tags replaces the earlier one, whatever its type",
        "lifetimes and rotation of OAuth tokens",
        "what a webhook gets after a failure; event_type and id stand in the usual template, yours may lack them",
    ),
)  # fmt: skip
