"""The pages a person sees: may this app, which code is it, and what is wrong. Plain HTML, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from penstock.sandbox.keys import ACCOUNTS
from penstock.sandbox.oauth.facts import CLIENT_ID, Flow
from penstock.sandbox.wire import Answer

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem; }
button, select, input { font: inherit; padding: .4rem .9rem; margin: .2rem .4rem .2rem 0; }
li { overflow-wrap: anywhere; }
"""
_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
]
_NOTE = (
    "<p><small>This is Penstock's sandbox on your own machine: no real account stands behind it.</small></p>"
)


def build_page(status: int, title: str, body: str) -> Answer:
    """Return a page. `title` is text, `body` is HTML already."""
    head = f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    page = f"{head}<style>{_STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}{_NOTE}</main></body></html>\n"
    return Answer(status, page.encode("utf-8", "replace"), list(_HEADERS))


def build_problem(text: str) -> Answer:
    """Return the page for a sign-in that cannot be answered by a redirect, because nobody knows where that leads."""
    return build_page(400, "This sign-in cannot go on", f'<p role="alert">{escape(text)}</p>')


def build_notice(title: str, text: str) -> Answer:
    """Return a page that only says something."""
    return build_page(200, title, f'<p role="status">{escape(text)}</p>')


def build_consent(flow: Flow, scopes: Iterable[str], action: str, account: str) -> Answer:
    """Return the page that asks. `action` is the query its answer is sent to."""
    asked = "".join(f"<li>{escape(scope)}</li>" for scope in scopes)
    wants = f"<p>It asks for:</p><ul>{asked}</ul>" if asked else "<p>It asks for all that the app may do.</p>"
    options = "".join(
        f"<option{' selected' if name == account else ''}>{escape(name)}</option>"
        for name in dict.fromkeys(ACCOUNTS.values())
    )
    form = (
        f'<form method="post" action="?{escape(action)}">'
        f'<p><label for="as">Account</label> <select id="as" name="as">{options}</select></p>'
        '<p><button name="answer" value="allow">Allow</button>'
        '<button name="answer" value="deny">Deny</button></p></form>'
    )
    return build_page(200, f"Allow {CLIENT_ID} to use your account at {flow.title}'s sandbox?", wants + form)


def build_typing(flow: Flow, problem: str = "") -> Answer:
    """Return the page where the code of another device is typed."""
    said = f'<p role="alert" id="problem">{escape(problem)}</p>' if problem else ""
    described = ' aria-describedby="problem"' if problem else ""
    form = (
        '<form method="get"><p><label for="code">The code your device shows</label><br>'
        f'<input id="code" name="user_code" autocomplete="off" autofocus required maxlength="40"{described}>'
        "<button>Go on</button></p></form>"
    )
    return build_page(400 if problem else 200, f"Connect a device to {flow.title}'s sandbox", said + form)
