"""A real widget, both halves, without JupyterLab: the page's model sends to the Python object and hears what it sends."""

from __future__ import annotations

import base64
import queue
from typing import Any

from pages import open_widget

from penstock.widgets._base import Widget

JOIN = """([isDropping]) => {
    const model = window.model;
    const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
    model.send = (content, _callbacks, buffers = []) => {
        model.sent.push(content);
        window.toKernel(content, isDropping ? [] : buffers.map(base64));
    };
    window.pull = setInterval(async () => {
        for (const [kind, what] of await window.fromKernel()) {
            if (kind === 'custom') model.fire('msg:custom', what);
            else for (const [name, value] of Object.entries(what)) model.set(name, value);
        }
    }, 15);
}"""


def join(page: Any, widget: Widget, stem: str, *, theme: str = "light", drops_buffers: bool = False) -> None:
    """Show a widget on an empty page, joined to its Python half; `drops_buffers`: as a page that loses them."""
    heard: queue.Queue[tuple[str, Any]] = queue.Queue()
    names = [
        name
        for name in widget.traits(sync=True)
        if not name.startswith("_") and name not in ("layout", "tabbable", "tooltip")
    ]

    def send(content: Any, buffers: Any = None) -> None:
        heard.put(("custom", content))

    def send_state(key: Any = None) -> None:
        wanted = {key} if isinstance(key, str) else set(key or names)
        heard.put(("state", {name: getattr(widget, name) for name in names if name in wanted}))

    def receive(content: Any, buffers: list[str]) -> None:
        widget._handle_custom_msg(content, [memoryview(base64.b64decode(one)) for one in buffers])

    def pull() -> list[tuple[str, Any]]:
        return [heard.get_nowait() for _ in range(heard.qsize())]

    widget.send = send
    widget.send_state = send_state
    page.expose_function("toKernel", receive)
    page.expose_function("fromKernel", pull)
    open_widget(page, stem, {name: getattr(widget, name) for name in names}, theme=theme)
    page.evaluate(JOIN, [drops_buffers])
