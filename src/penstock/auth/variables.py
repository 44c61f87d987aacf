"""What a variable's name and value say: whose credential it is, which part of it, for which account. Pure; no I/O.

The rules, in this order:
1. A name is one of the spellings below, or INTEGRATION_PART: the account is "default".
2. More behind or before it is the account: STRIPE_SECRET_KEY_ACME and ACME_STRIPE_SECRET_KEY are acme's.
3. A word such as LIVE may stand inside: STRIPE_LIVE_SECRET_KEY is the account live.
4. Where several spellings fit, the longest one counts.
5. A value whose shape is one service's alone counts where the name says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from penstock.redact import Secret

DEFAULT = "default"

# What the services' own SDKs, command lines and guides read, besides INTEGRATION_PART; the likeliest first.
SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "airtable": {"token": "AIRTABLE_PERSONAL_ACCESS_TOKEN"},
    "anthropic": {"api_key": "CLAUDE_API_KEY", "access_token": "ANTHROPIC_AUTH_TOKEN"},
    "asana": {"token": "ASANA_PERSONAL_ACCESS_TOKEN"},
    "bitbucket": {"email": "BITBUCKET_EMAIL ATLASSIAN_EMAIL", "api_token": "BITBUCKET_API_TOKEN"},
    "brevo": {"api_key": "SENDINBLUE_API_KEY"},
    "cloudflare": {
        "token": "CF_API_TOKEN",
        "email": "CLOUDFLARE_API_EMAIL CF_API_EMAIL",
        "api_key": "CF_API_KEY",
    },
    "datadog": {
        "api_key": "DD_API_KEY",
        "application_key": "DD_APP_KEY DATADOG_APP_KEY DD_APPLICATION_KEY",
        "site": "DD_SITE",
    },
    "discord": {"token": "DISCORD_BOT_TOKEN"},
    "dropbox": {"client_id": "DROPBOX_APP_KEY", "client_secret": "DROPBOX_APP_SECRET"},
    "github": {"token": "GH_TOKEN GITHUB_PERSONAL_ACCESS_TOKEN"},
    "gitlab": {
        "token": "GITLAB_PRIVATE_TOKEN GITLAB_PERSONAL_ACCESS_TOKEN",
        "access_token": "GITLAB_OAUTH_TOKEN",
        "job_token": "CI_JOB_TOKEN",
        "host": "GITLAB_HOST GITLAB_URL CI_SERVER_URL CI_SERVER_HOST",
    },
    "hubspot": {"token": "HUBSPOT_PRIVATE_APP_TOKEN HUBSPOT_PRIVATE_APP_ACCESS_TOKEN"},
    "jira": {
        "email": "JIRA_EMAIL JIRA_USER JIRA_USERNAME JIRA_USER_EMAIL",
        "api_token": "JIRA_TOKEN JIRA_API_KEY ATLASSIAN_API_TOKEN",
        "site": "JIRA_URL JIRA_SERVER JIRA_HOST JIRA_BASE_URL JIRA_DOMAIN",
    },
    "klaviyo": {"private_key": "KLAVIYO_PRIVATE_API_KEY"},
    "mailchimp": {
        "api_key": "MAILCHIMP_MARKETING_API_KEY",
        "dc": "MAILCHIMP_SERVER_PREFIX MAILCHIMP_SERVER",
    },
    "mailgun": {"api_key": "MG_API_KEY"},
    "microsoft_graph": {
        "access_token": "GRAPH_ACCESS_TOKEN MS_GRAPH_TOKEN",
        "client_id": "MICROSOFT_CLIENT_ID MS_GRAPH_CLIENT_ID",
        "client_secret": "MICROSOFT_CLIENT_SECRET MS_GRAPH_CLIENT_SECRET",
    },
    "notion": {"token": "NOTION_INTEGRATION_TOKEN NOTION_SECRET"},
    "openai": {
        "organization": "OPENAI_ORG_ID OPENAI_ORGANIZATION",
        "project": "OPENAI_PROJECT_ID OPENAI_PROJECT",
    },
    "pagerduty": {"token": "PAGERDUTY_USER_API_KEY PD_API_KEY", "from_email": "PAGERDUTY_FROM_EMAIL"},
    "paypal": {"client_secret": "PAYPAL_SECRET"},
    "pipedrive": {"api_token": "PIPEDRIVE_API_KEY PIPEDRIVE_TOKEN", "company_domain": "PIPEDRIVE_DOMAIN"},
    "quickbooks": {"realm_id": "QB_REALM_ID QBO_REALM_ID", "access_token": "QBO_ACCESS_TOKEN"},
    "salesforce": {
        "access_token": "SF_ACCESS_TOKEN",
        "instance": "SALESFORCE_INSTANCE_URL SF_INSTANCE_URL",
        "client_id": "SF_CLIENT_ID",
        "client_secret": "SF_CLIENT_SECRET",
    },
    "sendgrid": {"api_key": "TWILIO_SENDGRID_API_KEY"},
    "sentry": {"token": "SENTRY_AUTH_TOKEN"},
    "shopify": {
        "token": "SHOPIFY_ACCESS_TOKEN SHOPIFY_ADMIN_TOKEN SHOPIFY_ADMIN_API_TOKEN SHOPIFY_ADMIN_ACCESS_TOKEN "
        "SHOPIFY_ADMIN_API_ACCESS_TOKEN",
        "client_id": "SHOPIFY_API_KEY",
        "client_secret": "SHOPIFY_API_SECRET SHOPIFY_API_SECRET_KEY",
        "shop": "SHOPIFY_STORE SHOPIFY_DOMAIN SHOPIFY_SHOP_DOMAIN SHOPIFY_STORE_DOMAIN SHOPIFY_SHOP_NAME "
        "SHOPIFY_STORE_NAME SHOPIFY_SHOP_URL SHOPIFY_STORE_URL",
    },
    "slack": {
        "token": "SLACK_BOT_TOKEN SLACK_BOT_USER_OAUTH_TOKEN SLACK_OAUTH_TOKEN SLACK_USER_TOKEN",
    },
    "stripe": {"secret_key": "STRIPE_SECRET", "stripe_account": "STRIPE_ACCOUNT STRIPE_ACCOUNT_ID"},
    "telegram": {"token": "TELEGRAM_BOT_TOKEN"},
    "trello": {"key": "TRELLO_API_KEY", "token": "TRELLO_API_TOKEN"},
    "twilio": {
        "api_key_sid": "TWILIO_API_KEY",
        "api_key_secret": "TWILIO_API_SECRET",
        "auth_token": "TWILIO_TOKEN",
    },
    "typeform": {"token": "TYPEFORM_PERSONAL_ACCESS_TOKEN"},
    "woocommerce": {
        "consumer_key": "WC_CONSUMER_KEY WOO_CONSUMER_KEY WOOCOMMERCE_KEY",
        "consumer_secret": "WC_CONSUMER_SECRET WOO_CONSUMER_SECRET WOOCOMMERCE_SECRET",
        "store": "WOOCOMMERCE_URL WOOCOMMERCE_STORE_URL WC_URL WOO_URL",
    },
    "zendesk": {
        "email": "ZENDESK_USER ZENDESK_USERNAME",
        "api_token": "ZENDESK_TOKEN",
        "subdomain": "ZENDESK_DOMAIN ZENDESK_URL",
    },
}  # fmt: skip

# Shapes that are one service's alone: its prefix and length, as its documentation or its keys have them (November 2026).
SHAPES: tuple[tuple[str, str, str], ...] = (
    (r"(sk|rk)_(live|test)_\w{16,}", "stripe", "secret_key"),
    (r"xox[bpe](\.xox[bp])?-[\w-]{16,}", "slack", "token"),
    (r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,}", "github", "token"),
    (r"glpat-[\w.-]{20,}", "gitlab", "token"),
    (r"SG\.[\w-]{16,}\.[\w-]{16,}", "sendgrid", "api_key"),
    (r"shp(at|ca|pa)_[0-9a-fA-F]{32}", "shopify", "token"),
    (r"sk-ant-api\d\d-[\w-]{20,}", "anthropic", "api_key"),
    (r"sk-(proj|svcacct|admin)-[\w-]{20,}", "openai", "api_key"),
    (r"ntn_[A-Za-z0-9]{40,}", "notion", "token"),
    (r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}", "airtable", "token"),
    (r"pat-(na|eu|ap)\d-[0-9a-f-]{36}", "hubspot", "token"),
    (r"xkeysib-[0-9a-f]{64}-\w{16}", "brevo", "api_key"),
    (r"lin_api_[A-Za-z0-9]{32,}", "linear", "token"),
    (r"tfp_\w{20,}", "typeform", "token"),
    (r"sntry[su]_[\w=+/-]{40,}", "sentry", "token"),
    (r"pk_\d{5,}_[A-Z0-9]{32}", "clickup", "token"),
    (r"\d{8,10}:AA[\w-]{33}", "telegram", "token"),
    (r"[0-9a-f]{32}-us\d{1,3}", "mailchimp", "api_key"),
)  # fmt: skip

_FRAMEWORKS = ("NEXT_PUBLIC_", "REACT_APP_", "EXPO_PUBLIC_", "NUXT_PUBLIC_", "VITE_")
_INSIDE = re.compile("LIVE|TEST|PROD|PRODUCTION|STAGING|DEV|DEVELOPMENT|SANDBOX")
# Behind or before a spelling these make it the name of something else: a file, an address, another cloud's key.
_NO_ACCOUNT = re.compile(
    "(^|_)(FILE|FILENAME|PATH|URL|URI|ID|NAME|HOST|HASH|VERSION|EXPIRES|EXPIRY|TTL|TYPE|HEADER|PREFIX|SCOPES?|ENABLED|"
    "LENGTH|PUBLIC|PUBLISHABLE|WEBHOOK|SIGNING|ENDPOINT|KEYS?|TOKENS?|SECRET|SID|AZURE|BEDROCK|SKIP|DISABLE|USE)(_|$)"
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a name stands for: a part of an integration's credential or address; `rank` 0 is the likeliest spelling."""

    integration: str
    part: str
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One variable, read: `name` as it is called, and what it is taken for."""

    name: str
    integration: str
    part: str
    account: str
    value: Secret
    rank: int = 0


def build_spellings(parts: Mapping[str, Sequence[str]], main: Mapping[str, str]) -> dict[str, Spelling]:
    """Return every name that is known.

    parts: the parts each integration has. main: the one field that is all of a key, for those that have such a key.
    """
    known: dict[str, Spelling] = {}
    for integration, mine in SPELLINGS.items():
        for part, names in mine.items():
            if part in parts.get(integration, ()):
                for rank, name in enumerate(names.split()):
                    known[name] = Spelling(integration, part, rank + 1)
    for integration in parts:
        stem, key = integration.upper(), main.get(integration)
        if key is not None:
            known[f"{stem}_{key.upper()}"] = Spelling(integration, key)
            usual = (
                "TOKEN ACCESS_TOKEN"
                if key == "access_token"
                else "API_KEY TOKEN API_TOKEN ACCESS_TOKEN KEY PAT"
            )
            own = parts[integration] if key == "access_token" else set(parts[integration]) - {"access_token"}
            for rank, tail in enumerate(usual.split(), start=10):
                if tail.lower() not in own:
                    known.setdefault(f"{stem}_{tail}", Spelling(integration, key, rank))
        for part in parts[integration]:
            known.setdefault(f"{stem}_{part.upper()}", Spelling(integration, part))
    return known


def read_variable(name: str, value: Secret, known: Mapping[str, Spelling]) -> Reading | None:
    """Return what a variable is, by its name, else by its value's shape; None where neither says so."""
    bare = name.upper()
    bare = next((bare.removeprefix(prefix) for prefix in _FRAMEWORKS if bare.startswith(prefix)), bare)
    if bare in known:
        found = known[bare]
        return Reading(name, found.integration, found.part, DEFAULT, value, found.rank)
    for spelling in sorted(known, key=len, reverse=True):
        account = _account(bare, spelling)
        if account is not None:
            found = known[spelling]
            return Reading(name, found.integration, found.part, account, value, found.rank)
    shape = read_shape(value)
    if shape is None or {"PUBLISHABLE", "WEBHOOK"} & set(bare.split("_")):
        return None
    return Reading(name, *shape, slug(name), value, 99)


def read_shape(value: Secret) -> tuple[str, str] | None:
    """Return (integration, field) where a value can be that service's key only."""
    for pattern, integration, field in SHAPES:
        if re.fullmatch(pattern, value.reveal()):
            return integration, field
    return None


def is_unfinished(value: Secret) -> bool:
    """Say whether a value is made from others by a shell (${NAME}, $(command)): those are not followed."""
    return re.search(r"\$[{(]", value.reveal()) is not None


def group(readings: Iterable[Reading]) -> dict[tuple[str, str], list[Reading]]:
    """Return what belongs together: (integration, account) → one reading for each part, two where both say the same.

    Another value for a part that is there already, in a less likely spelling, becomes an account of its own, named
    after its variable, so that nothing is lost.
    """
    groups: dict[tuple[str, str], list[Reading]] = {}
    for reading in sorted(readings, key=lambda one: one.rank):
        mine = groups.setdefault((reading.integration, reading.account), [])
        if any(one.part == reading.part and one.value != reading.value for one in mine):
            reading = replace(reading, account=slug(reading.name))
            mine = groups.setdefault((reading.integration, reading.account), [])
        mine.append(reading)
    return groups


def _account(bare: str, spelling: str) -> str | None:
    """Return the account a name has besides a spelling, None where it is another name."""
    if bare.startswith(f"{spelling}_"):
        rest = bare.removeprefix(f"{spelling}_")
    elif bare.endswith(f"_{spelling}"):
        rest = bare.removesuffix(f"_{spelling}")
    else:
        stem, _, tail = spelling.partition("_")
        match = re.fullmatch(rf"{re.escape(stem)}_(\w+)_{re.escape(tail)}", bare)
        if match is None or not _INSIDE.fullmatch(match[1]):
            return None
        rest = match[1]
    return None if _NO_ACCOUNT.search(rest) or not slug(rest) else slug(rest)


def slug(name: str) -> str:
    """Return a name as an account may be called: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
