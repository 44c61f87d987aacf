"""What a canary goes through: the cells of a notebook that uses every secret there is, and lets much of it fail.

A program in the notebook's own process writes down all that a person with a debugger's habits would keep: tracebacks
with every frame's variables, pickles, logs at DEBUG, frames in every format.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import io
import json
import logging
import os
import pickle
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LOGGERS = ("httpx2", "httpcore2", "hpack", "pyreqwest", "asyncio", "penstock", "urllib3", "IPKernelApp")


class Witness:
    """Write into a folder what is shown and kept of errors, objects and frames."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._count = 0
        self._kinds: set[str] = set()
        self._lines: set[str] = set()
        self.failed: list[str] = []
        self.listen()

    def listen(self) -> None:
        """Log everything at DEBUG: to a file, and with the variables of each frame to another."""
        from rich.console import Console
        from rich.logging import RichHandler

        root = logging.getLogger()
        root.setLevel(logging.DEBUG)
        plain = logging.FileHandler(self.folder / "debug.log", encoding="utf-8")
        self._rich = (self.folder / "rich.log").open("w", encoding="utf-8")
        wide = Console(file=self._rich, width=600, no_color=True)
        rich = RichHandler(console=wide, rich_tracebacks=True, tracebacks_show_locals=True,
                           tracebacks_width=600, locals_max_string=600)  # fmt: skip
        root.addHandler(plain)
        logging.getLogger("drawn").addHandler(rich)
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.DEBUG)
        logging.captureWarnings(True)
        warnings.simplefilter("always")

    def fails(self, name: str, work: Callable[[], Any]) -> BaseException | None:
        """Do what is to fail, and write down the error in every way there is; return it, None where it went well."""
        try:
            work()
        except BaseException as exc:  # a cancelled call too
            self.failed.append(f"{name}: {type(exc).__name__}")
            self.keep_error(name, exc)
            return exc
        return None

    def keep_error(self, name: str, error: BaseException) -> None:
        """Write down an error with its causes, the variables of all its frames, and its pickle; log and show it too."""
        self._count += 1
        whole = traceback.TracebackException.from_exception(error, capture_locals=True)
        text = [*whole.format(), repr(error), str(error), repr(vars(error)), repr(error.args)]
        stem = self.folder / f"{self._count:02}-{name.replace(' ', '-')}"
        stem.with_suffix(".txt").write_text("\n".join(self._new_lines(text)), encoding="utf-8")
        self.keep(f"{stem.name}.pickle", error)
        logging.getLogger("elsewhere").error("It failed: %s", error, exc_info=error)
        kind = " ".join(type(one).__name__ for one in (error, error.__cause__, error.__context__))
        if kind not in self._kinds:  # drawing takes its time
            self._kinds.add(kind)
            logging.getLogger("drawn").error("It failed: %s", error, exc_info=error)
            show_in_notebook(error)

    def _new_lines(self, text: list[str]) -> list[str]:
        """Return the lines that were not written before: a connection's variables are the same in every frame."""
        lines = [line for part in text for line in part.splitlines() if line not in self._lines]
        self._lines |= set(lines)
        return lines

    def keep(self, name: str, thing: Any) -> None:
        """Write down how a thing is shown, and its pickle and copy where it has one."""
        from rich.console import Console
        from rich.pretty import pretty_repr

        file = self.folder / name
        texts = [repr(thing), str(thing), f"{thing}", pretty_repr(thing, max_width=600)]
        for show in ("_repr_html_", "_repr_mimebundle_"):
            with contextlib.suppress(Exception):
                texts.append(repr(getattr(thing, show)()))
        file.with_suffix(".shown").write_text("\n".join(texts), encoding="utf-8")
        with io.StringIO() as out, contextlib.suppress(Exception):
            Console(file=out, width=600).print(thing)
            file.with_suffix(".printed").write_text(out.getvalue(), encoding="utf-8")
        for ending, work in (
            ("pickle", lambda: pickle.dumps(thing)),
            ("copy", lambda: pickle.dumps(copy.copy(thing))),
            ("json", lambda: json.dumps(thing, default=repr).encode()),
        ):
            with contextlib.suppress(Exception):
                file.with_suffix(f".{ending}").write_bytes(work())

    def keep_process(self, status: dict[str, Any]) -> None:
        """Write down what others may see of the agent's process, where there is one."""
        if status["where"] == "agent" and sys.platform == "linux":
            for name in ("cmdline", "environ"):
                (self.folder / f"agent.{name}").write_bytes(
                    Path(f"/proc/{status['pid']}/{name}").read_bytes()
                )

    def keep_frame(self, name: str, frame: Any) -> None:
        """Write a frame in each format people export."""
        stem = self.folder / name
        frame.to_csv(stem.with_suffix(".csv"))
        frame.astype(str).to_parquet(stem.with_suffix(".parquet"))
        frame.to_pickle(stem.with_suffix(".frame.pickle"))
        frame.to_json(stem.with_suffix(".json"), default_handler=repr)
        frame.to_html(stem.with_suffix(".html"))


def show_in_notebook(error: BaseException) -> None:
    """Show an error as IPython would; and once more as the cause of another, for then it is shown whole."""
    interactive = sys.modules.get("IPython")
    shell = interactive.get_ipython() if interactive is not None else None
    if shell is None:
        return
    for raised in (error, _caused_by(error)):
        shell.showtraceback((type(raised), raised, raised.__traceback__))


def _caused_by(error: BaseException) -> BaseException:
    try:
        raise RuntimeError("something of my own") from error
    except RuntimeError as exc:
        return exc


def note(name: str, secret: Any) -> None:
    """Tell the test a secret it cannot know, in a file outside of everything that is searched."""
    with Path(os.environ["CANARY_NOTES"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps({name: secret.reveal()}) + "\n")


@contextlib.contextmanager
def interrupted(engine: Any, after_s: float = 0.15) -> Iterator[None]:
    """Cancel whatever runs on an engine after a moment, as an interrupt does."""

    async def cancel() -> None:
        await asyncio.sleep(after_s)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    future = engine.submit(cancel())
    yield
    future.result(10)


def follow(address: str, secret_of: Callable[[str], Any]) -> Any:
    """Play the person at a sign-in: return where the browser is sent back to, as a Secret from the first."""
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return secret_of(answer.headers["Location"])


SETUP = """
import os, sys
sys.path.insert(0, os.environ["CANARY_CODE"])
from pathlib import Path
import penstock as ps
from canary_journey import Witness, follow, interrupted, note
from rich import traceback as rich_traceback
witness = Witness(Path(os.environ["CANARY_OUT"]))
service = os.environ["CANARY_SERVICE"]
vault = ps.vault()
"""

MAGICS = """
%load_ext penstock
%xmode Verbose
"""

CREATE = """
recovery = vault.create(ps.Secret(os.environ["CANARY_PASSWORD"]))
note("recovery key", recovery)
witness.keep("recovery", recovery)
"""

# From a locked vault on; the secrets of the accounts are in the environment.
ACCOUNTS = """
vault.add("stripe", "acme", secret_key="env:CANARY_KEY", base_url=service)
vault.add("trello", "acme", key="env:CANARY_QUERY_KEY", token="env:CANARY_QUERY_TOKEN", base_url=service + "/1")
vault.add("telegram", "acme", token="env:CANARY_ADDRESS", base_url=service + "/bot{token}")
vault.add("twilio", "acme", account_sid="AC" + "a1" * 16, auth_token="env:CANARY_BASIC", base_url=service + "/2010")
witness.fails("literal", lambda: vault.add("stripe", "beta", secret_key="sk_literal_that_is_refused"))
witness.fails("no such field", lambda: vault.add("stripe", "beta", secret_kye="env:CANARY_KEY"))
witness.fails("twice", lambda: vault.add("stripe", "acme", secret_key="env:CANARY_KEY", base_url=service))
witness.fails("bytes", lambda: ps.Secret(os.environ["CANARY_KEY"].encode()))
begun = vault.begin_sign_in(
    "github", "acme", via="paste", base_url=service, redirect_uri="http://127.0.0.1:1/back",
    end_points={"authorize": service + "/oauth/authorize", "token": service + "/oauth/token"},
    client_id="app", client_secret="env:CANARY_CLIENT_SECRET",
)
there = follow(begun.whole_address or begun.address, ps.Secret)
witness.fails("another sign-in", lambda: begun.answer(ps.Secret(there.reveal() + "x")))
begun.answer(there)
begun.wait(20)
witness.keep("begun", begun)
vault.accounts()
"""

CALLS = """
connections = {}
usual = dict(retry=ps.RetryPolicy(attempts=1), breaker=ps.BreakerPolicy(minimum_calls=10_000), timeout=0.3,
             limit=ps.Limit(1_000, per=1.0))
for transport in os.environ["CANARY_TRANSPORTS"].split():
    for name in os.environ["CANARY_SERVICES"].split():
        connections[name, transport] = ps.connect(name, account="acme", transport=transport, **usual)

def calls(name, connection, way):
    return {
        "stripe": lambda: connection.customers.create(email=f"answer-{way}@example.com"),
        "trello": lambda: connection.boards.get(id=f"answer-{way}"),
        "telegram": lambda: connection.messages.send(chat_id=1, text=f"answer-{way}"),
        "twilio": lambda: connection.messages.list(To=f"answer-{way}"),
        "github": lambda: connection.issues.list(owner=f"answer-{way}", repo="x"),
    }[name]

WAYS = ("fine", "400", "403", "cut", "html", "slow", "drop", "redirect", "401")
FEWER = ("400", "cut", "slow", "redirect", "drop", "401")
for (name, transport), connection in connections.items():
    for way in WAYS if name == "stripe" else FEWER:
        witness.fails(f"{transport} {name} {way}", calls(name, connection, way))
    with interrupted(connection.engine):
        witness.fails(f"{transport} {name} interrupted", calls(name, connection, "slow"))
    witness.keep(f"connection-{name}-{transport}", connection)
again = ps.connect("stripe", account="acme", retry=ps.RetryPolicy(wait_initial=0.01))
response = again.customers.create(email="answer-again@example.com")
witness.keep("response", response)
witness.keep("account", vault.list_accounts())
witness.keep("status", vault.status())
witness.keep("vault", vault)
witness.keep("ways", vault.ways())
again
"""

BATCH = """
import pandas as pd
ways = ["fine", "400", "again", "cut", "html", "422", "fine", "drop"] * 3
rows = pd.DataFrame({"n": range(len(ways)), "email": [f"answer-{way}@{n}.example.com" for n, way in enumerate(ways)]})
run = ps.batch(ps.connect("stripe", account="acme").customers.create, rows[["n", "email"]], key="n",
               parameters={"email": "email"}, name="canary", attempts=2)
run.wait(30)
for name in ("failures", "uncertain", "dead_letters", "summary"):
    witness.keep_frame(name, getattr(run, name)())
witness.keep_frame("frame", run.frame())
witness.keep("run", run)
run.frame()
"""

CHECKS = """
witness.keep_frame("accounts", vault.accounts())
witness.keep_process(vault._keeping.ask("status"))
witness.keep_frame("check", vault.check())
sealed = vault.seal(["stripe/acme", "github/acme"])
note("bundle key", sealed.key)
witness.keep("sealed", sealed)
Path(os.environ["CANARY_OUT"], "bundle.txt").write_text(sealed.text)
wrong = ps.Secret("x" + sealed.key.reveal()[1:])
witness.fails("bundle", lambda: vault.open_sealed(sealed.text, wrong))
vault.open_sealed(sealed.text, sealed.key)
vault.backup(Path(os.environ["CANARY_OUT"], "backup.psk"))
"""

KEYS = """
password, new = ps.Secret(os.environ["CANARY_PASSWORD"]), ps.Secret(os.environ["CANARY_NEW_PASSWORD"])
witness.fails("wrong old password", lambda: vault.change_password(new, password))
witness.fails("short", lambda: vault.change_password(password, ps.Secret(new.reveal()[:9])))
vault.change_password(password, new)
witness.fails("wrong way", lambda: vault.add_way("password", password=None, path=None) if False else vault.remove_way("none"))
vault.lock()
witness.fails("locked", lambda: vault.accounts())
witness.fails("wrong password", lambda: vault.unlock(password))
witness.fails("no recovery key", lambda: vault.unlock(recovery_key=ps.Secret(recovery.reveal()[:-1] + "A")))
vault.unlock(recovery_key=recovery)
witness.fails("damaged", lambda: vault.unlock(key_file=ps.Secret(os.environ["CANARY_KEY"])))
"""

# From here on the service refuses every grant; it is told so.
END = """
import urllib.request
urllib.request.urlopen(service + "/refuse").read()
for (name, transport), connection in connections.items():
    for way in ("401", "401"):
        witness.fails(f"dead grant {name} {transport}", calls(name, connection, way))
witness.keep_frame("accounts at the end", vault.accounts())
print(len(witness.failed), "failures")
"""

LOOK = """
%who_ls
%whos
"""

CLOSE = """
vault.lock()
"""

CRASH = """
rich_traceback.install(show_locals=True, width=1000, locals_max_string=1000)
crashing = next(iter(connections.values()))
crashing.request("POST", "/v1/customers", json={"email": "answer-400@example.com"})
"""

PLAIN = (SETUP, CREATE, ACCOUNTS, CALLS, BATCH, CHECKS, KEYS, END, CLOSE, CRASH)
BOOK = (SETUP, MAGICS, CREATE, "vault", ACCOUNTS, CALLS, BATCH, CHECKS, END, LOOK, CRASH, CLOSE)
