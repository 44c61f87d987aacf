"""What variables mean: names, accounts and shapes; and that the table names nothing the integrations do not have."""

from __future__ import annotations

import re

import pytest

from penstock.auth.variables import (
    SHAPES,
    SPELLINGS,
    build_spellings,
    group,
    is_unfinished,
    read_shape,
    read_variable,
)
from penstock.catalog.registry import Registry
from penstock.redact import Secret

PARTS = {
    "stripe": ("secret_key", "access_token", "stripe_account"),
    "openai": ("api_key",),
    "github": ("token", "access_token"),
    "slack": ("token", "access_token"),
    "twilio": ("account_sid", "auth_token", "api_key_sid", "api_key_secret"),
    "shopify": ("token", "access_token", "client_id", "client_secret", "shop"),
    "zoom": ("access_token", "account_id", "client_id", "client_secret"),
    "mailchimp": ("api_key", "dc"),
}
MAIN = {
    "stripe": "secret_key", "openai": "api_key", "github": "token", "slack": "token", "shopify": "token",
    "zoom": "access_token", "mailchimp": "api_key",
}  # fmt: skip
KNOWN = build_spellings(PARTS, MAIN)
DULL = Secret("nothing-that-tells")


def read(name: str, value: Secret = DULL) -> tuple[str, str, str] | None:
    """Return (integration, part, account) of a variable."""
    found = read_variable(name, value, KNOWN)
    return None if found is None else (found.integration, found.part, found.account)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("STRIPE_SECRET_KEY", ("stripe", "secret_key", "default")),
        ("STRIPE_API_KEY", ("stripe", "secret_key", "default")),
        ("stripe_key", ("stripe", "secret_key", "default")),
        ("STRIPE_SECRET_KEY_ACME", ("stripe", "secret_key", "acme")),
        ("ACME_STRIPE_SECRET_KEY", ("stripe", "secret_key", "acme")),
        ("STRIPE_SECRET_KEY_ACME_EU", ("stripe", "secret_key", "acme-eu")),
        ("STRIPE_LIVE_SECRET_KEY", ("stripe", "secret_key", "live")),
        ("SLACK_BOT_TOKEN", ("slack", "token", "default")),
        ("GH_TOKEN", ("github", "token", "default")),
        ("GITHUB_ACCESS_TOKEN", ("github", "token", "default")),
        ("VITE_OPENAI_API_KEY", ("openai", "api_key", "default")),
        ("TWILIO_API_KEY_SECRET", ("twilio", "api_key_secret", "default")),
        ("TWILIO_API_KEY", ("twilio", "api_key_sid", "default")),
        ("SHOPIFY_API_KEY", ("shopify", "client_id", "default")),
        ("SHOPIFY_SHOP_DOMAIN", ("shopify", "shop", "default")),
        ("ZOOM_ACCOUNT_ID", ("zoom", "account_id", "default")),
        # What only looks like one: a file, a publishable key, another cloud's, another integration's.
        ("STRIPE_PUBLISHABLE_KEY", None),
        ("STRIPE_WEBHOOK_SECRET", None),
        ("OPENAI_API_KEY_FILE", None),
        ("AZURE_OPENAI_API_KEY", None),
        ("GITHUB_TOKEN_URL", None),
        ("SLACK_SIGNING_SECRET", None),
        ("SLACK_APP_TOKEN", None),
        ("ZOOM_API_KEY", None),
        ("DATABASE_URL", None),
        ("STRIPE", None),
        ("", None),
    ],
)
def test_a_name_means_what_it_says(name: str, wanted: tuple[str, str, str] | None) -> None:
    """Each name is one part of one account's credential, or nothing."""
    assert read(name) == wanted


def test_a_shape_counts_where_the_name_says_nothing() -> None:
    """A GitHub token under any name is GitHub's, as an account named after it; a plain value is nobody's."""
    token = Secret("ghp_" + "a1B2" * 9)
    assert read("DEPLOY", token) == ("github", "token", "deploy")
    assert read("DEPLOY") is None
    assert read("STRIPE_WEBHOOK_SECRET", Secret("sk_live_" + "a" * 24)) is None


def test_no_value_has_the_shape_of_two_services() -> None:
    """Shapes exclude each other: every sample is told as its own service's, and cut short as nobody's."""
    samples = {
        "stripe": "rk_test_" + "a1" * 12, "slack": "xoxb-1234567890-abcdefabcdef", "github": "gho_" + "A1" * 18,
        "gitlab": "glpat-" + "a_" * 10, "sendgrid": "SG." + "a" * 22 + "." + "b" * 43,
        "shopify": "shpat_" + "0f" * 16, "anthropic": "sk-ant-api03-" + "a" * 24, "openai": "sk-proj-" + "a" * 40,
        "notion": "ntn_" + "a1" * 22, "airtable": "pat" + "a" * 14 + "." + "0f" * 32,
        "hubspot": "pat-eu1-01234567-89ab-cdef-0123-456789abcdef", "brevo": "xkeysib-" + "0f" * 32 + "-" + "a" * 16,
        "linear": "lin_api_" + "a1" * 20, "typeform": "tfp_" + "a1" * 20, "sentry": "sntryu_" + "0f" * 32,
        "clickup": "pk_1234567_" + "A1" * 16, "telegram": "123456789:AA" + "a" * 33, "mailchimp": "0f" * 16 + "-us21",
    }  # fmt: skip
    assert samples.keys() == {integration for _, integration, _ in SHAPES}
    for name, sample in samples.items():
        fitting = [integration for pattern, integration, _ in SHAPES if re.fullmatch(pattern, sample)]
        assert fitting == [name]
        assert read_shape(Secret(sample[:8])) is None


def test_one_account_s_variables_are_one_group() -> None:
    """Parts of one account come together; the same value twice too; another value becomes an account of its own."""
    values = {
        "TWILIO_ACCOUNT_SID": "one", "TWILIO_AUTH_TOKEN": "two", "TWILIO_AUTH_TOKEN_EU": "three",
        "STRIPE_KEY": "same", "STRIPE_SECRET_KEY": "same", "STRIPE_API_KEY": "other",
    }  # fmt: skip
    readings = [read_variable(name, Secret(value), KNOWN) for name, value in values.items()]
    groups = group(one for one in readings if one is not None)
    assert {key: sorted(one.name for one in mine) for key, mine in groups.items()} == {
        ("twilio", "default"): ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"],
        ("twilio", "eu"): ["TWILIO_AUTH_TOKEN_EU"],
        ("stripe", "default"): ["STRIPE_KEY", "STRIPE_SECRET_KEY"],
        ("stripe", "stripe-api-key"): ["STRIPE_API_KEY"],
    }


@pytest.mark.parametrize(
    ("value", "wanted"),
    [("${OTHER}", True), ("a-$(pass show x)", True), ("pa$$word", False), ("$OTHER", False)],
)
def test_what_a_shell_would_make_is_told(value: str, wanted: bool) -> None:
    """A value that refers to others, or to a command, is unfinished; a dollar alone is a character."""
    assert is_unfinished(Secret(value)) is wanted


def test_nothing_read_shows_its_value() -> None:
    """repr of what was read has the name and not the value."""
    found = read_variable("STRIPE_SECRET_KEY", Secret("sk_live_very_secret_0123"), KNOWN)
    assert "STRIPE_SECRET_KEY" in repr(found) and "very_secret" not in repr(found)


def test_the_table_names_what_integrations_have() -> None:
    """Every integration and part of the table and of the shapes exists, and no spelling stands for two."""
    from penstock.candidates import _parts

    registry = Registry()
    wrong = [
        f"{name}.{part}"
        for name, mine in SPELLINGS.items()
        for part in mine
        if name not in registry or part not in _parts(registry.get(name))
    ]
    assert wrong == []
    assert [name for _, name, field in SHAPES if field not in _parts(registry.get(name))] == []
    spelled = [one for mine in SPELLINGS.values() for names in mine.values() for one in names.split()]
    assert len(spelled) == len(set(spelled)) and len(spelled) > 80
