"""A widget's JavaScript and CSS as one text each: the shared part, then the widget's own. No build step."""

from __future__ import annotations

from importlib.resources import files


def read_module(stem: str) -> str:
    """Return kit.js, the widget's parts (parts/STEM.NAME.js, where it has any) and its own file as one ES module."""
    parts = (part.name for part in files("penstock.widgets").joinpath("parts").iterdir())
    names = [
        "kit.js",
        *(f"parts/{name}" for name in sorted(parts) if name.startswith(f"{stem}.")),
        f"{stem}.js",
    ]
    return "\n".join(map(_read, names))


def read_style(stem: str) -> str:
    """Return tokens.css and the widget's own file as one style sheet."""
    return _read("tokens.css") + "\n" + _read(f"{stem}.css")


def _read(name: str) -> str:
    return files("penstock.widgets").joinpath(name).read_text(encoding="utf-8")
