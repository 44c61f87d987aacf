"""The house's floors (drawn in CONTRIBUTING.md), held against the real imports: files are read, not run."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "penstock"

FLOORS = {
    0: "_version errors model events clock loop redact store",
    1: "resilience ratelimit auth vault webhooks monitoring",
    2: "catalog",
    3: "integrations",
    4: "engine",
    5: "batch agent sandbox",
    6: "workflow",
    7: "workbench describing connecting connection cards settings importing candidates sources asking credentials "
    "keeping signing signing_in unlocking checking vaulting lookout opening",
    8: "widgets notebook",
    9: "cli __init__ __main__ testing",
}
FLOOR = {name: floor for floor, names in FLOORS.items() for name in names.split()}
# Rooms of one floor that may see each other: the single files of floors 0, 7 and 9 are one room each floor.
ONE_ROOM = {0, 7, 9}

# The composition root knows every room: it alone may reach up, for the widgets that draw what it makes.
REACHES_UP = {("workbench", "widgets")}

HTTP_LIBRARIES = {"httpx", "httpx2", "httpcore", "httpcore2", "pyreqwest"}


@dataclass(frozen=True)
class Import:
    """An import in a file: `by` and `of` are dotted paths below the package, "//…" is a foreign one."""

    by: str
    of: str
    line: int

    @property
    def rooms(self) -> tuple[str, str]:
        return self.by.partition(".")[0], self.of.partition(".")[0]


def parse(source: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    """Give every file below `source` as (dotted path, path, tree)."""
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        dotted = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        yield dotted, path, ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(source: Path) -> Iterator[Import]:
    """Give every import, those inside functions too, but not those under TYPE_CHECKING."""
    for dotted, path, tree in parse(source):
        package = [*path.relative_to(source).parent.parts]
        for node in walk_runtime(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(dotted, below(alias.name, source), node.lineno)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    near = ["penstock", *package][: len(package) + 2 - node.level]
                    base = ".".join([*near, *filter(None, [node.module])])
                for alias in node.names:
                    yield Import(dotted, below(f"{base}.{alias.name}", source), node.lineno)
            elif is_dynamic(node):
                yield Import(dotted, below(node.args[0].value, source), node.lineno)


def walk_runtime(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a tree, leaving out what stands under `if TYPE_CHECKING:`."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield from walk_runtime(other)
        else:
            yield from walk_runtime(child)


def is_dynamic(node: ast.AST) -> bool:
    """Say whether a node is import_module("a.name")."""
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func).endswith("import_module")
        and bool(node.args)
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


def below(name: str, source: Path) -> str:
    """Return an imported name as a path below the package, "//name" when it is not ours."""
    parts = name.split(".")
    if parts[0] != "penstock":
        return "//" + name
    if len(parts) > 1 and (
        parts[1] in FLOOR or (source / parts[1]).exists() or (source / f"{parts[1]}.py").exists()
    ):
        return ".".join(parts[1:])
    return "__init__"  # a name the top of the package exports


def wrong_floors(source: Path) -> list[str]:
    """Return what imports from a higher floor, or through a wall of its own."""
    found = []
    for seen in imports(source):
        by, of = seen.rooms
        if seen.of.startswith("//") or (by == of and by != "integrations"):
            continue
        if by not in FLOOR or of not in FLOOR:
            found.append(f"{seen.by}:{seen.line} imports {seen.of}: one of them is on no floor")
        elif by == "integrations" and of != "catalog":
            found.append(f"{seen.by}:{seen.line} imports {seen.of}: integrations see the catalog only")
        elif by == "sandbox" and FLOOR[of] > 3:
            found.append(f"{seen.by}:{seen.line} imports {seen.of}: the sandbox sees floors 0 to 3 only")
        elif of == "testing":
            found.append(f"{seen.by}:{seen.line} imports {seen.of}: nothing stands on testing")
        elif FLOOR[of] > FLOOR[by] and (seen.by, of) not in REACHES_UP:
            found.append(
                f"{seen.by}:{seen.line} imports {seen.of}: from floor {FLOOR[of]} into floor {FLOOR[by]}"
            )
        elif FLOOR[of] == FLOOR[by] and FLOOR[by] not in ONE_ROOM:
            found.append(
                f"{seen.by}:{seen.line} imports {seen.of}: no door between rooms of floor {FLOOR[by]}"
            )
    return found


def wrong_libraries(source: Path) -> list[str]:
    """Return imports of an HTTP library outside the one file that knows them."""
    return [
        f"{seen.by}:{seen.line} imports {seen.of[2:]}"
        for seen in imports(source)
        if seen.of.startswith("//") and seen.rooms[1][2:] in HTTP_LIBRARIES and seen.by != "engine.transport"
    ]


def wrong_clocks(source: Path) -> list[str]:
    """Return where the machine's time or chance is asked for outside clock.py and default arguments.

    A generator made from a seed, random.Random(seed), asks the machine for nothing.
    """
    found = []
    for dotted, _, tree in parse(source):
        if dotted == "clock":
            continue
        aliases: dict[str, str] = {}  # local name -> "time", "time.sleep", ...
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                aliases |= {alias.asname or alias.name: alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                aliases |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        defaults = {
            id(inner)
            for node in ast.walk(tree)
            if isinstance(node, ast.arguments)
            for default in (*node.defaults, *node.kw_defaults)
            if default is not None
            for inner in ast.walk(default)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and id(node) not in defaults:
                head, _, rest = ast.unparse(node.func).partition(".")
                called = f"{aliases[head]}.{rest}".rstrip(".") if head in aliases else ""
                if asks_machine(called, node):
                    found.append(f"{dotted}:{node.lineno} calls {called}")
    return found


def asks_machine(called: str, node: ast.Call) -> bool:
    """Say whether a call reads a clock, sleeps or draws at random."""
    if called == "random.Random":
        return not node.args
    if called == "asyncio.sleep":  # sleep(0) only lets others run
        return not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    if called in (
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
    ):
        return True
    return called.partition(".")[0] in ("time", "random") and "." in called


@pytest.mark.parametrize("check", [wrong_floors, wrong_libraries, wrong_clocks])
def test_the_house_stands(check: object) -> None:
    """No file imports from above or through a wall, one knows the HTTP libraries, one asks for the time."""
    assert check(SOURCE) == []  # type: ignore[operator]


def test_every_file_stands_on_a_floor() -> None:
    """Every file and folder of the package has its place in the picture."""
    rooms = {
        path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - FLOOR.keys() == set()
    assert len(list(imports(SOURCE))) > 100


PLANTED = {
    "model.py": ("from penstock.engine import client", wrong_floors),
    "resilience/retry.py": ("from penstock.ratelimit.headers import read_headers", wrong_floors),
    "ratelimit/lease.py": ("def f():\n    import penstock.auth.schemes", wrong_floors),
    "integrations/stripe.py": ("from penstock.ratelimit.limit import Limit", wrong_floors),
    "integrations/slack.py": ("from penstock.integrations.stripe import integration", wrong_floors),
    "integrations/github.py": ("from . import stripe", wrong_floors),
    "sandbox/server.py": ("from penstock.engine.client import Client", wrong_floors),
    "batch/rows.py": ("from ..sandbox import server", wrong_floors),
    "batch/run.py": (
        "import importlib\nimportlib.import_module('penstock.widgets.batch_progress')",
        wrong_floors,
    ),
    "connection.py": ("from penstock import connect", wrong_floors),
    "settings.py": ("def f():\n    from penstock.widgets import batch_progress", wrong_floors),
    "workbench.py": ("from penstock.notebook import display", wrong_floors),
    "cli.py": ("from penstock.testing import FakeClock", wrong_floors),
    "strange.py": ("from penstock.errors import PenstockError", wrong_floors),
    "engine/client.py": ("import httpx2", wrong_libraries),
    "batch/__init__.py": ("def f():\n    from pyreqwest.client import ClientBuilder", wrong_libraries),
    "resilience/backoff.py": ("import random\ndef f(): return random.uniform(0, 1)", wrong_clocks),
    "resilience/deadline.py": ("from time import monotonic as now\nx = now()", wrong_clocks),
    "events.py": ("from datetime import datetime\nx = datetime.now()", wrong_clocks),
    "engine/stages.py": ("import asyncio\nasync def f(): await asyncio.sleep(1)", wrong_clocks),
    "batch/progress.py": ("import random\nx = random.Random()", wrong_clocks),
}

ALLOWED = {
    "clock.py": "import time\nx = time.time()",
    "batch/rows.py": "import random\ndef f(r=random.Random(), s=random.random()): return random.Random(3)",
    "batch/run.py": "import asyncio\nasync def f(): await asyncio.sleep(0)",
    "engine/transport.py": "import httpx2\nfrom penstock.model import Request",
    "engine/stages.py": """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from penstock.workbench import Workbench
            import httpx2
        from penstock.resilience import retry
        from . import transport
        """,
    "integrations/stripe.py": "import re\nfrom penstock.catalog.definition import Integration",
    "sandbox/server.py": "from penstock.catalog import registry\nfrom penstock.sandbox import faults",
    "workbench.py": "import penstock.connection\nfrom penstock.settings import home\nfrom penstock.widgets import a",
    "testing/plugin.py": "from penstock.workbench import Workbench\nfrom penstock import connect",
    "__init__.py": "from penstock.workbench import Workbench",
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_violation_is_found(tmp_path: Path, planted: str) -> None:
    """The control: each kind of wrong import or call, planted in a tree, is found where it stands."""
    text, check = PLANTED[planted]
    plant(tmp_path, planted, text)
    assert [line.partition(":")[0] for line in check(tmp_path)] == [
        planted.replace("/", ".").removesuffix(".py").removesuffix(".__init__")
    ]


@pytest.mark.parametrize("allowed", ALLOWED)
def test_what_is_allowed_is_not_reported(tmp_path: Path, allowed: str) -> None:
    """Imports downwards, for types only or of the own room, time and chance as defaults are in order."""
    plant(tmp_path, allowed, ALLOWED[allowed])
    assert [*wrong_floors(tmp_path), *wrong_libraries(tmp_path), *wrong_clocks(tmp_path)] == []


def plant(source: Path, name: str, text: str) -> None:
    path = source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
