"""A widget on a bare page: its real module and style sheet with a model made of a few lines, no JupyterLab."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from penstock.widgets._assets import read_module, read_style

THEMES = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"

MODEL = """
class Model {
  constructor(traits) { this.traits = traits; this.listeners = new Map(); this.sent = []; this.answers = true; }
  get(name) { return this.traits[name]; }
  on(name, listener) { this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]); }
  off(name, listener) { this.listeners.set(name, (this.listeners.get(name) ?? []).filter((one) => one !== listener)); }
  fire(name, ...args) { for (const listener of this.listeners.get(name) ?? []) listener(...args); }
  set(name, value) { this.traits[name] = value; this.fire(`change:${name}`); }
  send(content) {
    this.sent.push(content);
    if (this.answers) setTimeout(() => this.answer(content.id), 5);
  }
  answer(id, error = "") { this.fire("msg:custom", { type: "ack", id, ok: !error, error }); }
  count() { return [...this.listeners.values()].reduce((sum, some) => sum + some.length, 0); }
}
"""


def open_widget(page: Any, stem: str, traits: dict[str, Any], *, theme: str = "light") -> None:
    """Show a widget on an empty page in one of JupyterLab's themes; `window.model` and `window.leave()` steer it."""
    sheet = THEMES / f"theme-{theme}-extension" / "index.css"
    page.set_content(
        f"""<!doctype html><html><head><style>{sheet.read_text(encoding="utf-8")}</style>
        <style>body {{ margin: 24px; background: var(--jp-layout-color0); }} {read_style(stem)}</style></head>
        <body data-jp-theme-light="{"true" if theme == "light" else "false"}"><div id="place"></div></body></html>"""
    )
    page.evaluate(
        f"""async ([source, traits]) => {{
            {MODEL}
            const url = URL.createObjectURL(new Blob([source], {{ type: "text/javascript" }}));
            const widget = (await import(url)).default;
            window.model = new Model(traits);
            const end = widget.initialize?.({{ model: window.model }});
            const leave = widget.render({{ model: window.model, el: document.querySelector("#place") }});
            window.leave = () => {{ leave?.(); end?.(); }};
        }}""",
        [read_module(stem), json.loads(json.dumps(traits))],
    )
