"""The error boundary in a real kernel: short, with the whole a click away, and no secret anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from kernels import run_cells, said

SECRET = "canary-9317-canary"

CELLS = (
    """
from penstock.redact import Secret
from penstock.errors import NotFound
secret = Secret("-".join(["canary", "9317", "canary"]))
def look(name):
    raise NotFound("There is no customer <b>cus_1</b>.", integration="stripe", operation="customers.get", row="17")
""",
    "look('before')",
    "%load_ext penstock\n%load_ext penstock",
    "look('a literal nobody should keep')",
    "raise ValueError('foreign ' + secret.reveal())",
    "try:\n    raise KeyError(secret.reveal())\nexcept KeyError as exc:\n    raise NotFound('Not there.') from exc",
    "{}['x' + secret.reveal()]",
    "%unload_ext penstock",
    "look('after')",
    "%load_ext penstock\nfrom penstock.catalog.registry import Registry\nRegistry().get('no such service')",
)


@pytest.fixture(scope="module")
def outputs() -> list[list[Any]]:
    """Give what the cells above show, run once in one kernel."""
    return run_cells(*CELLS)


def only(outputs: list[Any], kind: str) -> list[Any]:
    return [output for output in outputs if output.output_type == kind]


def test_an_error_of_ours_is_short(outputs: list[list[Any]]) -> None:
    """Before the extension and after it an error shows what, where and what next, without source lines."""
    for cell in (outputs[1], outputs[3], outputs[8]):
        (error,) = only(cell, "error")
        text = "\n".join(error.traceback)
        assert "There is no customer" in text and "stripe customers.get, row 17" in text and "next:" in text
        assert "look(" not in text


def test_the_whole_is_a_click_away(outputs: list[list[Any]]) -> None:
    """With the extension the full traceback stands folded below, escaped, with its frames, without the cell's source."""
    (more,) = only(outputs[3], "display_data")
    html = more.data["text/html"]
    assert html.startswith("<details") and "Full traceback" in html
    assert "in look" in html and "NotFound: There is no customer &lt;b&gt;cus_1" in html
    assert "a literal nobody should keep" not in html and "site-packages" not in html
    assert "the full traceback:" not in said(only(outputs[3], "error"))


def test_paths_of_the_machine_stay_on_it(outputs: list[list[Any]]) -> None:
    """The folded traceback names Penstock's own files from the package down."""
    html = only(outputs[9], "display_data")[0].data["text/html"]
    assert "&quot;penstock/catalog/registry.py&quot;" in html and "&quot;/" not in html


def test_without_the_extension_there_is_no_second_output(outputs: list[list[Any]]) -> None:
    """The control: before loading and after unloading an error is one output, and says how to get the whole."""
    for cell in (outputs[1], outputs[8]):
        assert len(cell) == 1 and "the full traceback:" in said(cell)


def test_loading_it_says_nothing(outputs: list[list[Any]]) -> None:
    """Loading, loading again and unloading put nothing into the notebook but IPython's own remark."""
    assert only(outputs[2], "error") == [] and only(outputs[7], "error") == []


def test_no_secret_is_shown(outputs: list[list[Any]]) -> None:
    """A secret in a foreign error, in a cause, or in a key is in no output, in none of its parts."""
    for cell in outputs[4:7]:
        assert len(cell) >= 1 and SECRET not in said(cell)
    assert "foreign ‹hidden›" in said(outputs[4]) and outputs[4][0].ename == "ValueError"


def test_a_chain_of_errors_is_whole(outputs: list[list[Any]]) -> None:
    """The folded traceback has the cause as well."""
    html = only(outputs[5], "display_data")[0].data["text/html"]
    assert "KeyError" in html and "direct cause" in html and "NotFound" in html


def test_a_secret_would_be_shown_without_it() -> None:
    """The control: the same foreign error in a kernel without the extension carries the secret out."""
    assert SECRET in said(run_cells(CELLS[0], CELLS[4])[1])
