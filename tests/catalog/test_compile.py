"""The catalogue's data, as it would be compiled today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import compile as compiling
from penstock.catalog.catalogue import find_folder, read_data
from penstock.catalog.compile import compile_service, find_base_url, read_json, read_key, write
from penstock.catalog.lines import read_line

SPECS = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
FILES = sorted(path for path in Path(str(find_folder())).iterdir() if path.suffix == ".gz")
MEGABYTE = 1 << 20


def _document(*paths: str, **more: Any) -> dict[str, Any]:
    return {
        "openapi": "3.0.0",
        "servers": [{"url": "https://api.acme.example/v1"}],
        "paths": {p: {"get": {}} for p in paths},
        **more,
    }


def _compile(
    document: dict[str, Any], held: list[str] | None = None, base: str = "https://api.acme.example/v1"
) -> list[str]:
    return compile_service("acme", document, base, held or [])[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_data_is_what_would_be_compiled(path: Path) -> None:
    """Compiling a description again changes nothing, and starting anew gives the same names."""
    name, specs = path.stem, SPECS / f"{path.stem}.json.gz"
    if not specs.exists():
        pytest.skip(f"The vendors' descriptions are not at hand: {specs.name} would be in ../shared/specs.")
    found, base_url = read_json(specs), find_base_url(SPECS, name)
    lines, _ = compile_service(name, found, base_url, read_data(name))
    assert lines == read_data(name)
    assert compile_service(name, found, base_url, [])[0] == lines


def test_the_data_is_small() -> None:
    """All of it is less than 3 MB, and no file as much as 1 MB."""
    sizes = [path.stat().st_size for path in FILES]
    assert len(FILES) >= 39 and sum(sizes) <= 3 * MEGABYTE and max(sizes) < MEGABYTE
    assert sum(len(read_data(path.stem)) for path in FILES) > 19_000


def test_the_data_is_facts() -> None:
    """No sentence of a vendor's is kept: what stands in a line are names, paths, types and choices."""
    for path in FILES:
        for text in read_data(path.stem):
            line = read_line(text)
            assert " " not in line.name + line.method + line.path, text
            assert all(
                " " not in parameter.name and len(parameter.choices) <= 40 for parameter in line.parameters
            )
            assert all(len(choice) < 200 for parameter in line.parameters for choice in parameter.choices), (
                text
            )


def test_where_calls_live() -> None:
    """Paths begin at the host's root; other hosts are named, the service's own are not, and no address is no call."""
    document = {
        "specs": {
            "a": _document("/things/{id}"),
            "b": _document("/files", servers=[{"url": "https://files.acme.example"}]),
            "c": _document(
                "/scim", servers=[{"url": "https://test.acme.example"}, {"url": "https://api.acme.example"}]
            ),
            "d": _document("/hook", servers=[{"url": "{siteUrl}"}]),
            "e": _document("/things/{other}"),
        }
    }
    lines, skipped = compile_service("acme", document, "https://api.acme.example/v1", [])
    assert [line.split("\t")[0:3] for line in lines] == [
        ["files.list", "GET", "https://files.acme.example/files"], ["scim.get", "GET", "/scim"],
        ["things.get", "GET", "/v1/things/{id}"],
    ]  # fmt: skip
    assert skipped == {"described twice": 1, "without an address": 1}
    anywhere = _compile(
        _document("/x", servers=[{"url": "https://eu.acme.example"}]), base="https://{region}.acme.example"
    )
    assert anywhere[0].split("\t")[2] == "/x"


def test_what_a_vendor_adds_renames_nothing() -> None:
    """A name in the data stays with its call, though a new one would have had it; what is gone is gone."""
    before = _compile(_document("/v1/events", "/gone"))
    after = _compile(_document("/v1/events", "/v2/events"), before)
    assert {line.split("\t")[2]: line.split("\t")[0] for line in after} == {
        "/v1/v1/events": "events.list", "/v1/v2/events": "events.list_v2",
    }  # fmt: skip
    assert _compile(_document("/v1/events", "/v2/events"), after) == after
    anew = {
        line.split("\t")[2]: line.split("\t")[0] for line in _compile(_document("/v1/events", "/v2/events"))
    }
    assert anew["/v1/v2/events"] == "events.list"  # the control: without the data, the newest has the name


def test_graphql_calls_keep_their_names() -> None:
    """A GraphQL call is known again by its field."""
    lines = compile_service("acme", {"sdl": "type Query { issue(id: ID!): ID }"}, "https://a.example", [])[0]
    assert read_key(lines[0]) == (("POST", " query:issue"), "issue.get")


def test_the_same_lines_are_not_written_again(tmp_path: Path) -> None:
    """A file whose text is the same is left alone, so that another zlib makes no difference; the bytes have no time in them."""
    path, other = tmp_path / "a.gz", tmp_path / "b.gz"
    write(path, ["one", "two"])
    write(other, ["one", "two"])
    assert path.read_bytes() == other.read_bytes()
    path.chmod(0o400)
    before = path.stat().st_mtime_ns
    write(path, ["one", "two"])
    assert path.stat().st_mtime_ns == before


def test_a_line_for_each_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Compiling a folder says for each service how many operations it has, and what was left out and why."""
    import gzip
    import json

    deprecated = {"/old": {"get": {"deprecated": True}}, "/things": {"get": {}}}
    document = {**_document(), "paths": deprecated}
    specs, target = tmp_path / "specs", tmp_path / "operations"
    facts = tmp_path / "facts" / "integrations"
    for folder in (specs, target, facts):
        folder.mkdir(parents=True)
    (specs / "acme.json.gz").write_bytes(gzip.compress(json.dumps(document).encode()))
    (facts / "acme.json").write_text('{"base_url": "https://api.acme.example/v1"}')
    monkeypatch.setattr(compiling, "find_folder", lambda: target)
    assert compiling.main([str(specs)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split() == ["acme", "1", "operations", "left", "out:", "1", "deprecated"]
    assert said[-1].split() == ["1", "operations", "of", "1", "services"]
    assert (target / "acme.gz").exists()


def test_without_descriptions_it_says_what_to_do(tmp_path: Path) -> None:
    """A folder with no descriptions is an error that names the folder and how to name another."""
    done = subprocess.run(
        [sys.executable, "-m", "penstock.catalog.compile", str(tmp_path)],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1 and str(tmp_path) in done.stderr and "SPECS=" in done.stderr
