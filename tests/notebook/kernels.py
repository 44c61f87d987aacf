"""A real ipykernel for tests: cells in, what they showed out."""

from __future__ import annotations

from typing import Any

import nbformat
from nbclient import NotebookClient


def run_cells(*sources: str, timeout: int = 40) -> list[list[Any]]:
    """Run cells in a kernel of their own and return each cell's outputs; errors are outputs as well."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(book, timeout=timeout, allow_errors=True, kernel_name="python3").execute()
    return [cell.outputs for cell in book.cells]


def said(outputs: list[Any]) -> str:
    """Return everything the outputs hold, as one text."""
    return "\n".join(str(output) for output in outputs)


def printed(outputs: list[Any]) -> str:
    """Return what was printed, stripped; what went wrong stands in it too."""
    return "".join(output.get("text") or "\n".join(output.get("traceback", [])) for output in outputs).strip()
