"""The tour as files: notebooks without outputs, and the export its script makes."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_the_tour_is_there() -> None:
    """The notebooks are numbered from 00 in the order of the walk."""
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{at:02}" for at in range(len(NOTEBOOKS))] and len(
        NOTEBOOKS
    ) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_outputs_are_committed(path: Path) -> None:
    """Every code cell is as if never run, and the notebook says nothing of the machine it was written on."""
    book = read(path)
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert code and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert (
        set(book["metadata"]) <= {"kernelspec", "language_info"}
        and book["metadata"]["kernelspec"]["name"] == "python3"
    )
    assert all(set(cell["metadata"]) <= {"tags"} for cell in book["cells"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_cells_have_names_and_are_short(path: Path) -> None:
    """Each cell has an id of its own, and no code cell is longer than 20 lines."""
    book = read(path)
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-z-]+", one) for one in ids)
    assert max(len("".join(cell["source"]).splitlines()) for cell in book["cells"]) <= 20


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to another file of the tour is to one that exists."""
    text = path.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^):]+)\)", text)
    assert [link for link in links if not (FOLDER / link).exists()] == []


def test_the_export_is_what_its_script_makes(tmp_path: Path) -> None:
    """make_customers.py writes customers_export.csv to the byte."""
    place = FOLDER / "data" / "make_customers.py"
    spec = importlib.util.spec_from_file_location("make_customers", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.write_customers(tmp_path / "made.csv")
    assert (tmp_path / "made.csv").read_bytes() == (FOLDER / "data" / "customers_export.csv").read_bytes()


def test_the_export_has_its_mess() -> None:
    """The export has more than a thousand rows, some of them twice, without e-mail, and with four spellings of a date."""
    import pandas as pd

    export = pd.read_csv(
        FOLDER / "data" / "customers_export.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig"
    )
    assert len(export) > 1000 and export["customer_id"].duplicated().sum() > 5
    assert (export["email"] == "").sum() > 20
    assert not export["name"].str.isascii().all()
    spellings = (
        export["signed_up"].str.replace(r"\d+", "9", regex=True).str.replace(r"[A-Z][a-z]+", "M", regex=True)
    )
    assert set(spellings) == {"", "9-9-9", "9.9.9", "9/9/9", "M 9, 9"}
