"""What Sentry answers and is asked, and what each means: data only.

Bodies as in https://docs.sentry.io/api/ (rate limits, pagination, errors) and its source (2026-11).
"""

CREDENTIALS = [
    {"credential": {"token": "sntryu_abc"}, "authorization": "Bearer sntryu_abc"},
    {"credential": {"access_token": "abc"}, "authorization": "Bearer abc"},
]

BASES = [
    {"given": {}, "url": "https://us.sentry.io/api/0", "headers": {}},
    {"given": {"region": "de"}, "url": "https://de.sentry.io/api/0", "headers": {}},
]

_TOO_OFTEN = "You are attempting to use this endpoint too frequently. Limit is 40 requests in 1 seconds"
_TOO_MANY = (
    "You are attempting to go above the allowed concurrency for this endpoint. Concurrency limit is 25"
)

ANSWERS = [
    {
        "why": "a success, with what is left of the window",
        "status": 200,
        "headers": {
            "x-sentry-rate-limit-limit": "40", "x-sentry-rate-limit-remaining": "39", "x-sentry-rate-limit-reset": "1795399201",
            "date": "Mon, 23 Nov 2026 02:00:00 GMT",
        },
        "body": {"id": "1", "slug": "acme"},
        "verdict": "success",
        "hint": {"limit": 40.0, "remaining": 39.0, "reset_in_s": 1.0},
    },
    {"why": "an accepted deletion", "status": 202, "body": "", "verdict": "success"},
    {
        "why": "too often: the field says until when",
        "status": 429,
        "headers": {
            "x-sentry-rate-limit-limit": "40", "x-sentry-rate-limit-remaining": "0", "x-sentry-rate-limit-reset": "1795399203",
            "x-sentry-rate-limit-concurrentremaining": "25", "date": "Mon, 23 Nov 2026 02:00:00 GMT",
        },
        "body": {"detail": _TOO_OFTEN},
        "verdict": "throttled",
        "hint": {"remaining": 0.0, "reset_in_s": 3.0},
        "message": _TOO_OFTEN,
        "has_hint": True,
    },
    {
        "why": "too many at once: the window has plenty left",
        "status": 429,
        "headers": {
            "x-sentry-rate-limit-limit": "40", "x-sentry-rate-limit-remaining": "20", "x-sentry-rate-limit-reset": "1795399203",
            "x-sentry-rate-limit-concurrentlimit": "25", "x-sentry-rate-limit-concurrentremaining": "0",
        },
        "body": {"detail": _TOO_MANY},
        "verdict": "throttled",
        "hint": {"remaining": None, "retry_after_s": 1.0},
    },
    {"why": "a wrong token", "status": 401, "body": {"detail": "Invalid token"}, "verdict": "auth", "has_hint": True},
    {
        "why": "a sign-in through the organisation's own provider",
        "status": 401,
        "body": {"detail": {"code": "sso-required", "message": "Must login via SSO", "extra": {"loginUrl": "/auth/"}}},
        "verdict": "auth",
        "code": "sso-required",
        "message": "Must login via SSO",
        "has_hint": True,
    },
    {
        "why": "a missing scope",
        "status": 403,
        "body": {"detail": "You do not have permission to perform this action."},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "an organisation of the other region",
        "status": 404,
        "body": {"detail": "The requested resource does not exist"},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a field they refuse",
        "status": 400,
        "body": {"name": ["This field is required."]},
        "verdict": "permanent",
        "message": "This field is required.",
        "has_hint": True,
    },
    {
        "why": "a slug that is taken",
        "status": 409,
        "body": {"detail": "A team with this slug already exists."},
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "their failure",
        "status": 500,
        "body": {"detail": "Internal Error", "errorId": "abc"},
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

REQUESTS = [
    {
        "operation": "teams.create",
        "given": {"organization_id_or_slug": "acme", "name": "Ducks", "slug": None},
        "url": "https://us.sentry.io/api/0/organizations/acme/teams/",
        "body": {"name": "Ducks"},
        "is_resendable": False,
    },
    {
        "operation": "issues.list",
        "given": {
            "organization_id_or_slug": "acme",
            "project": [1, 2],
            "query": "is:unresolved level:error",
            "limit": 100,
        },
        "url": "https://us.sentry.io/api/0/organizations/acme/issues/"
        "?project=1&project=2&query=is%3Aunresolved+level%3Aerror&limit=100",
    },
    {
        "operation": "issues.bulk_mutate",
        "given": {"organization_id_or_slug": "acme", "id": [7, 8], "status": "resolved"},
        "url": "https://us.sentry.io/api/0/organizations/acme/issues/?id=7&id=8",
        "body": {"status": "resolved"},
        "is_resendable": True,
    },
    {
        "operation": "releases.get",
        "given": {"organization_id_or_slug": "acme", "version": "shop@1.0/rc 1"},
        "url": "https://us.sentry.io/api/0/organizations/acme/releases/shop%401.0%2Frc%201/",
    },
    {
        "operation": "releases.create",
        "given": {"organization_id_or_slug": "acme", "version": "1.0", "projects": ["web"]},
        "url": "https://us.sentry.io/api/0/organizations/acme/releases/",
        "body": {"version": "1.0", "projects": ["web"]},
        "is_resendable": True,
    },
]

REFUSED = [
    {"operation": "projects.create", "given": {"organization_id_or_slug": "acme", "name": "Web"}, "says": "team_id_or_slug"},
    {
        "operation": "issues.update",
        "given": {"organization_id_or_slug": "acme", "issue_id": 7, "status": "done"},
        "says": "resolved, unresolved",
    },
    {
        "operation": "discover.events",
        "given": {"organization_id_or_slug": "acme", "field": ["title"]},
        "says": "needs dataset",
    },
]  # fmt: skip

PAGES = [
    {
        "operation": "issues.list",
        "asked": {"organization_id_or_slug": "acme"},
        "headers": {
            "link": '<https://us.sentry.io/api/0/organizations/acme/issues/?cursor=0:0:1>; rel="previous"; '
            'results="false"; cursor="0:0:1", '
            '<https://us.sentry.io/api/0/organizations/acme/issues/?cursor=0:100:0>; rel="next"; '
            'results="true"; cursor="0:100:0"'
        },
        "body": [{"id": "1"}],
        "items": [{"id": "1"}],
        "next_url": "https://us.sentry.io/api/0/organizations/acme/issues/?cursor=0:100:0",
    },
    {
        "operation": "teams.list",
        "asked": {"organization_id_or_slug": "acme"},
        "headers": {
            "link": '<https://us.sentry.io/api/0/organizations/acme/teams/?cursor=0:0:1>; rel="previous"; '
            'results="true"; cursor="0:0:1", '
            '<https://us.sentry.io/api/0/organizations/acme/teams/?cursor=0:200:0>; rel="next"; '
            'results="false"; cursor="0:200:0"'
        },
        "body": [{"slug": "ducks"}],
        "items": [{"slug": "ducks"}],
    },
    {
        "operation": "discover.events",
        "asked": {"organization_id_or_slug": "acme", "field": ["title"], "dataset": "errors"},
        "body": {"data": [{"title": "TypeError"}], "meta": {}},
        "items": [{"title": "TypeError"}],
    },
]
