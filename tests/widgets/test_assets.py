"""The widgets' files: read as they are, joined, scoped."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import penstock.widgets
from penstock.widgets._assets import read_module, read_style

FOLDER = Path(penstock.widgets.__file__).parent
STEMS = sorted(path.stem for path in FOLDER.glob("*.js") if path.stem != "kit")


def selectors(style: str) -> list[str]:
    """Return the selectors of a style sheet, those of keyframes left out."""
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.S)
    style = re.sub(r"@keyframes[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", style)
    heads = re.findall(r"([^{}]+)\{", style)
    return [part.strip() for head in heads if "@" not in head for part in re.split(r",(?![^(]*\))", head)]


def test_there_are_widgets() -> None:
    """At least one widget has its three files side by side."""
    assert STEMS
    for stem in STEMS:
        assert (FOLDER / f"{stem}.py").exists() and (FOLDER / f"{stem}.css").exists()


@pytest.mark.parametrize("stem", STEMS)
def test_a_module_is_the_kit_and_the_widget(stem: str) -> None:
    """The joined module holds kit.js before the widget's own text, exports once and imports nothing."""
    module = read_module(stem)
    assert module.index("function makeAsk") < module.index("export default")
    assert module.count("export ") == 1
    assert not re.search(r"^\s*import\b", module, re.M)


@pytest.mark.parametrize("stem", STEMS)
def test_no_html_is_made_of_text(stem: str) -> None:
    """No widget writes HTML or runs text: pages are built of elements and textContent."""
    module = read_module(stem)
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "srcdoc",
    ):
        assert way not in module


@pytest.mark.parametrize("stem", STEMS)
def test_nothing_is_loaded_from_elsewhere(stem: str) -> None:
    """Neither module nor style sheet names another host."""
    assert not re.search(r"https?://|@import|url\(", read_module(stem) + read_style(stem))


@pytest.mark.parametrize("stem", STEMS)
def test_every_rule_stays_inside_the_widget(stem: str) -> None:
    """Each selector begins at a class of Penstock's, or at the page's theme above one."""
    found = selectors(read_style(stem))
    assert len(found) > 20
    assert [one for one in found if not re.search(r"\.(penstock|ps-[a-z]+)\b", one)] == []


def test_the_scope_check_sees_a_rule_that_leaves() -> None:
    """The control: a bare rule among scoped ones is found."""
    found = selectors(".penstock a { } table, .ps-x td { } @media print { .ps-y { } }")
    assert [one for one in found if not re.search(r"\.(penstock|ps-[a-z]+)\b", one)] == ["table"]


@pytest.mark.parametrize("stem", STEMS)
def test_a_module_parses(stem: str) -> None:
    """Node reads the joined module as an ES module without complaint."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the browser tests run the modules as well")
    done = subprocess.run(
        [node, "--check", "--input-type=module", "-"],
        check=False,
        input=read_module(stem),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
