"""The search for canaries finds them: each spelling, in each kind of file a notebook leaves behind."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from canaries import Found, Search, new_canary, spell
from canary_journey import ACCOUNTS, BATCH, BOOK, CALLS, CREATE, PLAIN, SETUP
from canary_service import serve
from canary_trail import Trail

CANARY = new_canary()
OTHER = new_canary()
SEARCH = Search({"key": CANARY})


def spelled(place: list[Found]) -> set[str]:
    return {found.spelling for found in place}


@pytest.mark.parametrize("way", spell(CANARY))
def test_each_spelling_is_found(tmp_path: Path, way: str) -> None:
    """A canary that is written in one of the ways is found by that name, and the same file without it is clean."""
    form = spell(CANARY)[way]
    file = tmp_path / "some" / "file.bin"
    file.parent.mkdir()
    file.write_bytes(b"\x00before" + form + b"after\xff")
    assert way in spelled(SEARCH.in_folders(tmp_path))
    file.write_bytes(b"\x00before" + spell(OTHER)[way] + b"after\xff")
    assert SEARCH.in_folders(tmp_path) == []


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
def test_base64_is_found_wherever_it_begins(before: str) -> None:
    """Basic's base64 of "user:canary" has other letters at each of three offsets, and each is found."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        text = encode(f"{before}{CANARY}:behind".encode()).decode()
        assert any(name.startswith("base64") for name in spelled(SEARCH.in_text(text)))


def in_sqlite(path: Path) -> None:
    # Long enough to lie on several pages, with a page's number in the middle of the canary somewhere.
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA page_size = 512")
        database.execute("CREATE TABLE answers (body BLOB)")
        database.execute("INSERT INTO answers VALUES (?)", ((CANARY + " ") * 200,))


def in_packed_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE answers (body BLOB)")
        database.execute("INSERT INTO answers VALUES (?)", (zlib.compress(f"{CANARY} once".encode()),))


def in_wal(path: Path) -> None:
    """Leave a canary in the log beside an SQLite file, as a kernel that was killed does."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE answers (body TEXT)")
    database.execute("INSERT INTO answers VALUES (?)", (CANARY,))
    database.commit()
    copies = {name: path.with_name(path.name + name).read_bytes() for name in ("", "-wal")}
    database.close()
    for name, raw in copies.items():
        path.with_name(path.name + name).write_bytes(raw)


def in_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/notes.txt", f"{CANARY} " * 50)


def in_parquet(path: Path) -> None:
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    pd.DataFrame({"id": range(50), "error": [f"no {CANARY}"] * 50}).to_parquet(path, compression="zstd")


def in_frame_pickle(path: Path) -> None:
    pd = pytest.importorskip("pandas")
    pd.DataFrame({"error": ["fine", f"no {CANARY}"]}).to_pickle(path)


def in_notebook(path: Path) -> None:
    path.write_text(json.dumps({"metadata": {"widgets": {"state": {"value": CANARY}}}, "cells": []}))


KINDS: dict[str, Callable[[Path], Any]] = {
    "SQLite": in_sqlite,
    "packed in SQLite": in_packed_sqlite,
    "SQLite's log": in_wal,
    "zip": in_zip,
    "gzip": lambda path: path.write_bytes(gzip.compress(CANARY.encode() * 9)),
    "parquet": in_parquet,
    "pickle of an error": lambda path: path.write_bytes(pickle.dumps(ValueError(f"no {CANARY}"))),
    "pickle of a frame": in_frame_pickle,
    "notebook": in_notebook,
    "log": lambda path: path.write_text(f"DEBUG httpx2: GET http://127.0.0.1/?key={quote_plus(CANARY)}\n"),
    "browser's storage": lambda path: path.write_bytes(b"\x01_\x00" + CANARY.encode("utf-16-le") + b"\x00"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_found_in_each_kind_of_file(tmp_path: Path, kind: str) -> None:
    """Planted in a file of this kind a canary is found, and another secret in its place is not taken for it."""
    KINDS[kind](tmp_path / "planted")
    assert SEARCH.in_folders(tmp_path) != []
    assert Search({"key": OTHER}).in_folders(tmp_path) == []


def test_a_look_at_the_bytes_alone_would_miss_some(tmp_path: Path) -> None:
    """The control: packed in a row of SQLite and in a zip it does not stand on the disk in clear."""
    for kind in ("packed in SQLite", "zip"):
        KINDS[kind](file := tmp_path / kind)
        assert CANARY[:24].encode() not in file.read_bytes()


def test_what_is_named_is_left_out_and_nothing_else(tmp_path: Path) -> None:
    """A file or folder left out is not looked into; its neighbour is, and so is a file's name."""
    for name in ("in/secret", "out/secret", f"names/{CANARY[:24]}"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(CANARY if name.endswith("secret") else "nothing")
    places = [found.place for found in SEARCH.in_folders(tmp_path, without=[tmp_path / "out"])]
    assert {place.rpartition("/")[0] for place in places} == {
        str(tmp_path / "in"),
        f"name of {tmp_path / 'names'}",
    }


def test_a_process_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A canary in the environment a program was started with, or on its command line, is found."""
    import subprocess
    import sys

    words = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    for more, environ in (([CANARY], None), ([], {"KEY": CANARY}), ([], {})):
        with subprocess.Popen(
            [*words, *more], env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as program:
            assert program.stdout is not None
            program.stdout.readline()
            found = SEARCH.in_process(program.pid)
            program.communicate()
        assert bool(found) == bool(more or environ)


CONTROLS = """
import logging, os, sys
import ipywidgets
from rich.console import Console
from rich.traceback import Traceback
where = os.environ["CANARY_OUT"]
os.makedirs(where)
logging.basicConfig(filename=where + "/plain.log", level=logging.DEBUG)
logging.debug("connecting with %s", os.environ["CANARY_KEY"])
def careless(password):
    raise ValueError("no")
try:
    careless(os.environ["CANARY_BASIC"])
except ValueError as exc:
    Console(width=500).print(Traceback.from_exception(type(exc), exc, exc.__traceback__, show_locals=True))
field = ipywidgets.Password(value=os.environ["CANARY_PASSWORD"])
field
"""


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[Trail]:
    """Give a trail over all services; an agent that is left on it is ended."""
    with serve() as service:
        made = Trail(tmp_path, service)
        yield made
        made.run("-m", "penstock", "agent", "stop")


def test_a_script_that_crashes_leaves_no_secret_behind(trail: Trail) -> None:
    """Every secret goes through a script whose calls fail in every way, logged and drawn with variables; none is found."""
    script = trail.root / "journey.py"
    script.write_text("\n".join(PLAIN))
    done = trail.run(script, PENSTOCK_AGENT="on", PYTHONASYNCIODEBUG="1")
    assert "Invalid: Stripe answered 400" in done.stderr, done.stderr[-2000:] + done.stdout[-300:]
    assert trail.unused() <= {"PASSWORD", "NEW_PASSWORD"}  # all others were in use
    shown = "".join(path.read_text() for path in trail.out.glob("*.txt"))
    assert "‹hidden›" in shown and "Request" in shown  # the variables of our frames were there to be seen
    assert {".log", ".txt", ".pickle", ".csv", ".parquet", ".psk", ".environ", ".ledger"} <= trail.names()
    assert trail.search() == []


@pytest.mark.parametrize("way", ["nbconvert", pytest.param("papermill", marks=pytest.mark.slow)])
def test_an_executed_notebook_has_no_secret(tmp_path: Path, way: str) -> None:
    """Executed by nbconvert or papermill, which save the state of widgets, a notebook and its page have no secret."""
    pytest.importorskip(way)
    with serve() as service:
        services, transport = {
            "nbconvert": ("github", "httpx2"),
            "papermill": ("stripe github", "pyreqwest"),
        }[way]
        trail = Trail(tmp_path, service, services, transport)
        book = trail.write_book("book.ipynb", BOOK)
        execute(trail, way, book)
        told = json.loads((trail.root / "done.ipynb").read_text())
        assert told["metadata"]["widgets"] and " failures\\n" in json.dumps(told["cells"])
        assert trail.mistakes(trail.root / "done.ipynb") == set()
        assert {"KEY", "CLIENT_SECRET", "code 1", "access token 1"}.isdisjoint(trail.unused())
        assert trail.search() == []
        trail.run("-m", "penstock", "agent", "stop")


def execute(trail: Trail, way: str, book: Path) -> None:
    """Execute a notebook to done.ipynb, and make a page of that."""
    words = {
        "nbconvert": [
            "nbconvert",
            "--execute",
            "--allow-errors",
            "--to=notebook",
            "--output=done.ipynb",
            book,
        ],
        "papermill": ["papermill", "--no-progress-bar", book, "done.ipynb"],
    }[way]
    done = trail.run("-m", *words)
    assert way == "papermill" or done.returncode == 0, done.stderr[-2000:]
    done = trail.run("-m", "nbconvert", "--to=html", "done.ipynb")
    assert done.returncode == 0, done.stderr[-2000:]


def test_careless_code_is_found_out(tmp_path: Path) -> None:
    """The control: a Password widget, a literal, a logged text and a variable in a drawn traceback are each found."""
    pytest.importorskip("nbconvert")
    with serve() as service:
        trail = Trail(tmp_path, service)
        literal = trail.canaries["CLIENT_SECRET"]
        execute(trail, "nbconvert", trail.write_book("book.ipynb", [CONTROLS, f"key = {literal!r}"]))
        found = {(Path(one.place).name, one.canary) for one in trail.search()}
    assert {
        ("done.ipynb", "PASSWORD"),
        ("done.html", "PASSWORD"),
        ("done.ipynb", "CLIENT_SECRET"),
        ("done.html", "CLIENT_SECRET"),
        ("plain.log", "KEY"),
        ("done.ipynb", "BASIC"),
    } <= found


# Each switches one guard off, in the process of the script alone.
GUARDS = {
    "requests hide what signs them": "from penstock.model import Request\ndel Request.__repr__, Request.__rich_repr__",
    "a library's frames go": "import penstock.engine.transport as t\nt.strip_error = lambda error, _: error",
    "a pickle has no echo": "from penstock.model import Response\ndel Response.__reduce__",
    "libraries' logs are cleaned": "import penstock.engine.transport as t\nt._LOGS = ()",
    "words are cleaned before they are cut": "import penstock.engine.answers as a\na.redact = lambda text: text",
    "a ledger has no echo": "from penstock.batch.runner import Runner\nimport sys\n"
    "sys.modules[Runner.__module__].redact = lambda text: text",
    "the code's reader shows no frame": "from penstock.errors import UsageError\n"
    "UsageError.with_traceback = lambda error, _: error",
}


@pytest.mark.slow
@pytest.mark.parametrize("guard", GUARDS)
def test_each_guard_is_needed(tmp_path: Path, guard: str) -> None:
    """The control: with one guard switched off the same journey leaves a secret behind, and the search finds it."""
    with serve() as service:
        trail = Trail(tmp_path, service, "stripe trello github", "httpx2")
        (trail.root / "journey.py").write_text(
            "\n".join([GUARDS[guard], SETUP, CREATE, ACCOUNTS, CALLS, BATCH])
        )
        done = trail.run("journey.py", PENSTOCK_AGENT="off")
        assert done.returncode == 0, done.stderr[-2000:]
        found = trail.search()
    print(guard, "→", sorted({Path(one.place).suffix for one in found}))
    assert found != []
