from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "IPython", "aiohttp", "anywidget", "cryptography", "dask", "graphql", "httpx", "httpx2", "ipykernel",
    "ipywidgets", "narwhals", "nest_asyncio2", "numpy", "pandas", "plotly", "polars", "pyarrow", "pyreqwest",
    "tornado", "traitlets", "uvloop",
}  # fmt: skip


def loaded_by(statement: str) -> set[str]:
    """Return which of the heavy packages a fresh interpreter has loaded after `statement`."""
    script = f"{statement}\nimport sys\nprint()\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
    )
    return HEAVY & set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "statement",
    [
        "import penstock",
        "import penstock as ps; dir(ps); ps.__version__; ps.PenstockError; ps.Secret('sk_test_123')",
        "import penstock as ps; ps.Limit(20, per=1.0); ps.RetryPolicy(attempts=3)",
        "import penstock.errors, penstock.model, penstock.events, penstock.store, penstock.loop",
        "import penstock.catalog.definition, penstock.integrations.stripe",
        "import penstock.batch.render",
        "import penstock.testing",
        "import penstock.testing.plugin",
        "import penstock.cli; penstock.cli.build_parser()",
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_used(statement: str) -> None:
    """Neither `import penstock` nor a name that is only named loads pandas, a widget or an HTTP library."""
    assert loaded_by(statement) == set()


def test_the_look_at_what_is_loaded_can_see_something() -> None:
    """The control: a heavy package that is imported is found."""
    assert "tornado" in loaded_by("import tornado")
    assert {"pandas", "numpy"} <= loaded_by("import pandas")


def test_the_command_line_answers_without_loading_anything_heavy() -> None:
    """`penstock --help` is answered by argparse alone."""
    statement = "from penstock.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    assert loaded_by(statement) == set()
