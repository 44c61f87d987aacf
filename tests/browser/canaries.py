"""Canaries: made-up secrets, and the search for them in everything a notebook leaves behind, however it is written there.

A file is looked through as it lies on the disk, and once more as what it holds: the rows of an SQLite file, the members
of an archive, the columns of a Parquet file, what was packed by zlib or gzip.
"""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import secrets
import sqlite3
import string
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, quote_plus

CORE_LENGTH = 24
_LETTERS = string.ascii_letters + string.digits
_ODD = "/+&~"  # what encodings change; a header field and an address may still hold it
_DEEPEST = 3
_LARGEST_BYTES = 64 * 1024 * 1024


class Found(NamedTuple):
    """Where a canary was found: the place, whose it was, and how it was written."""

    place: str
    canary: str
    spelling: str


def new_canary() -> str:
    """Return a secret nobody has seen before; its first 24 characters are letters and digits alone."""
    return "".join(secrets.choice(_LETTERS) for _ in range(CORE_LENGTH)) + _ODD


def spell(canary: str) -> dict[str, bytes]:
    """Return the ways a canary may be written, by name. What is odd at its end may be cut off or written otherwise."""
    core = canary[:CORE_LENGTH]
    half = len(core) // 2
    ways = {
        "clear": core.encode(),
        "its first half": core[:half].encode(),
        "its second half": core[half:].encode(),
        "UTF-16": core.encode("utf-16-le"),
        "UTF-16, high byte first": core.encode("utf-16-be"),
        "hex": core.encode().hex().encode(),
        "HEX": core.encode().hex().upper().encode(),
        "hex of UTF-16": core.encode("utf-16-le").hex().encode(),
    }
    whole = {
        "url-encoded": quote(canary, safe=""),
        "form-encoded": quote_plus(canary),
        "JSON": json.dumps(canary)[1:-1],
        "JSON with slashes escaped": json.dumps(canary)[1:-1].replace("/", "\\/"),
        "HTML": html.escape(canary),
        "repr": repr(canary)[1:-1],
        "JSON, every character escaped": "".join(f"\\u{ord(letter):04x}" for letter in canary),
        "url-encoded, every character": "".join(f"%{ord(letter):02X}" for letter in canary),
    }
    ways |= {name: text.encode() for name, text in whole.items()}
    for name, raw in (("base64", core.encode()), ("base64 of UTF-16", core.encode("utf-16-le"))):
        for at in range(3):  # in a longer text it begins at one of three places of a group
            for kind, encode in (("", base64.b64encode), (" of urls", base64.urlsafe_b64encode)):
                # Only the characters made of the canary's bits alone are always the same.
                first, last = (0, 2, 3)[at], (at + len(raw)) * 8 // 6
                ways[f"{name}{kind}, at {at}"] = encode(b"\0" * at + raw)[first:last]
    return ways


class Search:
    """Look for canaries, given as {whose: text}."""

    def __init__(self, canaries: Mapping[str, str]) -> None:
        self._forms = [(whose, _shortest(spell(text))) for whose, text in canaries.items()]

    def in_bytes(self, raw: bytes, place: str, depth: int = 0) -> list[Found]:
        """Return what stands in some bytes, and in what they hold packed."""
        found = [Found(place, whose, name) for whose, name in self._look(raw)]
        if depth < _DEEPEST:
            for name, inner in unpack(raw):
                found += self.in_bytes(inner, f"{place}!{name}", depth + 1)
        return found

    def _look(self, raw: bytes) -> Iterator[tuple[str, str]]:
        for whose, forms in self._forms:
            for form, names in forms:
                if form in raw:
                    yield from ((whose, name) for name, whole in names if whole in raw)

    def in_text(self, text: str, place: str = "text") -> list[Found]:
        """Return what stands in a text."""
        return self.in_bytes(text.encode("utf-8", "surrogatepass"), place)

    def in_file(self, path: Path) -> list[Found]:
        """Return what stands in a file, and in its name."""
        found = self.in_text(path.name, f"name of {path}")
        try:
            raw = path.read_bytes()
        except FileNotFoundError:  # gone since it was listed
            return found
        return found + self.in_bytes(raw, str(path))

    def in_folders(self, *folders: Path, without: Iterable[Path] = ()) -> list[Found]:
        """Return what stands in the files below some folders; links are not followed."""
        left_out = set(without)
        found: list[Found] = []
        for folder in folders:
            for path in files_below(folder):
                if left_out.isdisjoint((path, *path.parents)):
                    found += self.in_file(path)
        return found

    def in_process(self, pid: int) -> list[Found]:
        """Return what others may see of a process: its command and its environment."""
        return self.in_file(Path(f"/proc/{pid}/cmdline")) + self.in_file(Path(f"/proc/{pid}/environ"))


def _shortest(ways: Mapping[str, bytes]) -> list[tuple[bytes, list[tuple[str, bytes]]]]:
    """Return what is sought first, with the spellings that have it in them: those are sought where it was found."""
    first: dict[bytes, list[tuple[str, bytes]]] = {}
    for name, form in sorted(ways.items(), key=lambda way: len(way[1])):
        within = next((short for short in first if short in form), form)
        first.setdefault(within, []).append((name, form))
    return list(first.items())


def files_below(folder: Path) -> list[Path]:
    """Return the plain files below a folder, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def unpack(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what some bytes hold that a look at the bytes themselves may miss."""
    if raw.startswith(b"SQLite format 3\0"):
        yield from _rows(raw)
    elif raw.startswith(b"PK\x03\x04"):
        unreadable = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error)
        with suppress(*unreadable), zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for member in archive.infolist():
                yield member.filename, archive.read(member)
    elif raw.startswith(b"\x1f\x8b"):
        with suppress(OSError, EOFError, zlib.error):
            yield "gzip", gzip.decompress(raw)
    elif raw.startswith(b"PAR1") and raw.endswith(b"PAR1"):
        yield "columns", _columns(raw)
    elif raw[:1] == b"\x78":
        with suppress(zlib.error):
            yield "zlib", zlib.decompressobj().decompress(raw, _LARGEST_BYTES)


def _rows(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the values of an SQLite file: a long one lies on several pages, with numbers of pages in between."""
    with tempfile.NamedTemporaryFile(suffix=".db") as copy:
        # As if it had been written without a log beside it, so that the copy can be opened alone.
        Path(copy.name).write_bytes(raw[:18] + b"\1\1" + raw[20:])
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(copy.name)) as database:
            database.text_factory = bytes
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in names:
                table = name.decode()
                with suppress(sqlite3.DatabaseError):
                    for row in database.execute(f'SELECT * FROM "{table}"'):
                        for value in row:
                            if isinstance(value, bytes):
                                yield table, value


def _columns(raw: bytes) -> bytes:
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(io.BytesIO(raw))
    metadata = table.schema.metadata or {}
    return repr([*metadata.items(), *table.to_pylist()]).encode()
