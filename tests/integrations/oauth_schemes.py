"""The OAuth 2 schemes of the integrations, sample values to fill them in with, and answers to read with them."""

from __future__ import annotations

import json

from examples_of import load

from penstock.auth.answers import parse_answer
from penstock.auth.plans import fill_scheme
from penstock.auth.schemes import OAuth2
from penstock.auth.tokens import Grant, Refusal
from penstock.model import Headers, Response

WALL = 1_800_000_000.0

SAMPLES = {
    "site": "datadoghq.eu",
    "shop": "acme",
    "subdomain": "acme",
    "instance": "acme.my.salesforce.com",
    "company_domain": "acme",
    "realm_id": "46",
    "account_sid": "AC" + "0" * 32,
    "dc": "us21",
    "tenant": "common",
    "client_id": "Iv1.abc",
    "installation_id": "42",
    "account_id": "abc",
    "prefix": "",
}


def schemes(name: str) -> list[OAuth2]:
    return [scheme for scheme in load(name).auth if isinstance(scheme, OAuth2)]


def samples(name: str) -> dict[str, str]:
    defaults = {p.name: p.default for p in load(name).base_parameters if p.default is not None}
    site = {"site": "acme.atlassian.net"} if name == "jira" else {}
    return {**SAMPLES, **defaults, **site}


def filled(name: str, at: int) -> OAuth2:
    return fill_scheme(schemes(name)[at], samples(name))


def answer(body: object, status: int = 200, kind: str = "application/json") -> Response:
    return Response(status, Headers({"content-type": kind}), json.dumps(body).encode())


def granted(name: str, at: int, body: object, status: int = 200, previous: Grant | None = None) -> Grant:
    found = parse_answer(filled(name, at), answer(body, status), wall=WALL, previous=previous)
    assert isinstance(found, Grant), found
    return found


def refused(name: str, at: int, body: object, status: int = 200) -> Refusal:
    found = parse_answer(filled(name, at), answer(body, status), wall=WALL)
    assert isinstance(found, Refusal), found
    return found
