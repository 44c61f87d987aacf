from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from vaults import OTHER, PASSWORD, make_vault, reopen
from vaults import settings as vault_settings

from penstock.vault.anchor import FileAnchor, Mark
from penstock.vault.vault import Vault

VID = b"v" * 16


def test_a_mark_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """What is written for a vid is read for it, and for no other."""
    mark = Mark(7, "ab", 1.8e9, is_retired=True)
    FileAnchor(tmp_path / "new").write(VID, mark)
    assert FileAnchor(tmp_path / "new").read(VID) == mark
    assert FileAnchor(tmp_path / "new").read(b"w" * 16) is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        '{"generation": "x", "mac": "", "at": 0, "is_retired": false}',
        "[" * 10_000,
    ]
    + [
        f'{{"generation": 1, "mac": "", "at": {at}, "is_retired": false}}'
        for at in ("1e400", "NaN", "-1", "1e13")
    ],
)
def test_a_mark_that_cannot_be_read_counts_as_none(tmp_path: Path, content: str) -> None:
    """A spoilt file is as no file: the vault opens, and the next write makes the mark anew."""
    vault = make_vault(tmp_path)
    (mark,) = (tmp_path / "marks").glob("*.json")
    mark.write_text(content)
    again = reopen(tmp_path)
    assert again.get("stripe", "acme")
    vault.put("stripe", "acme", {"token": OTHER})
    assert json.loads(mark.read_text())["generation"] == 4


def test_a_state_folder_that_cannot_be_written_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no mark can be kept the vault works, and a warning says what is lost."""
    (tmp_path / "marks").write_text("a file stands here")
    with caplog.at_level(logging.WARNING, "penstock.vault"):
        assert make_vault(tmp_path).list()
    assert "would not be noticed" in caplog.text


def test_the_usual_place_is_the_users_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless told otherwise marks go below XDG_STATE_HOME, by vid, and hold no path and no name."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    settings = vault_settings(tmp_path)
    del settings["anchor"]
    Vault.create(tmp_path / "test.vault", password=PASSWORD, **settings)
    (mark,) = (tmp_path / "state").rglob("*.json")
    assert mark.parent.parent.name == "penstock"
    assert json.loads(mark.read_text()).keys() == {"generation", "mac", "at", "is_retired"}
