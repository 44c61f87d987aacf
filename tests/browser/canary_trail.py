"""The ground a canary crosses: folders of its own for everything that is written, an environment, and the search in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from canaries import Found, Search, files_below, new_canary
from canary_service import CanaryService

SECRETS = ("PASSWORD", "NEW_PASSWORD", "KEY", "QUERY_KEY", "QUERY_TOKEN", "ADDRESS", "BASIC", "CLIENT_SECRET")
ALL = "stripe trello telegram twilio github"
_SOURCE = Path(__file__).parents[2] / "src"


class Trail:
    """Hold one journey's folders and secrets. Everything is written below `root`; what the test is told stands beside it."""

    def __init__(
        self, folder: Path, service: CanaryService, services: str = ALL, transports: str = "pyreqwest httpx2"
    ) -> None:
        self.root, self.service = folder / "trail", service
        self.out, self._notes = self.root / "out", folder / "notes.jsonl"
        self.canaries = {name: new_canary() for name in SECRETS}
        places = {
            name: self.root / name.lower() for name in ("HOME", "TMPDIR", "IPYTHONDIR", "PENSTOCK_HOME")
        }
        places |= {
            f"JUPYTER_{kind}_DIR": self.root / "jupyter" / kind for kind in ("CONFIG", "RUNTIME", "DATA")
        }
        places |= {
            f"XDG_{kind}_HOME": self.root / "xdg" / kind for kind in ("STATE", "CONFIG", "CACHE", "DATA")
        }
        for place in places.values():
            place.mkdir(parents=True)
        told = {
            "CODE": str(Path(__file__).parent),
            "OUT": str(self.out),
            "NOTES": str(self._notes),
            "SERVICE": service.url,
            "SERVICES": services,
            "TRANSPORTS": transports,
        }
        self.environment = (
            {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "XDG_"))}
            | {name: str(place) for name, place in places.items()}
            | {f"CANARY_{name}": value for name, value in {**told, **self.canaries}.items()}
            | {"PYTHONPATH": str(_SOURCE)}
        )

    def write_book(self, name: str, cells: Iterable[str]) -> Path:
        """Write a notebook and return where."""
        made = [
            {"cell_type": "code", "id": f"c{at}", "metadata": {}, "source": source.strip(), "outputs": [],
             "execution_count": None}
            for at, source in enumerate(cells)
        ]  # fmt: skip
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        book = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel}, "cells": made}
        (self.root / name).write_text(json.dumps(book))
        return self.root / name

    def run(self, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of this Python to its end; what it says is kept below `root` as well."""
        done = subprocess.run(
            [sys.executable, *map(str, words)],
            cwd=self.root,
            env=self.environment | environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=200,
        )
        (self.root / "said.log").write_text(done.stdout + done.stderr)
        return done

    def search(self) -> list[Found]:
        """Return where any of the secrets stands, those that were made on the way too."""
        known = {**self.canaries, **self.service.given}
        if self._notes.exists():
            for line in self._notes.read_text().splitlines():
                known |= json.loads(line)
        return Search(known).in_folders(self.root)

    def unused(self) -> set[str]:
        """Return whose secrets never came to the service. Passwords and other keys of the vault have no business there."""
        known = {**self.canaries, **self.service.given}
        return {name for name, canary in known.items() if not self.service.has_heard(canary)}

    def mistakes(self, book: Path) -> set[str]:
        """Return the names of errors in an executed notebook that the journey does not provoke."""
        cells = json.loads(book.read_text())["cells"]
        shown = {output.get("ename") for cell in cells for output in cell.get("outputs", ())}
        return shown & {
            "NameError",
            "KeyError",
            "AttributeError",
            "ImportError",
            "ModuleNotFoundError",
            "SyntaxError",
        }

    def names(self) -> set[str]:
        """Return the endings of the files that were searched."""
        return {path.suffix for path in files_below(self.root)}
