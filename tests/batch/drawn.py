"""Progresses to draw, and HTML read back."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import strategies as st

from penstock.batch.progress import ErrorCount, Progress

RUNNING = Progress("july-import", "running", 1000, 396, 12, 4, 0, 10, 578, 24.8, 25.0, 17.2, 24.1, None, None)
NASTY = "<img src=x onerror=alert(1)></script>\" ' \x1b[31m\r\n javascript:alert(1) 漢字 🦆"

texts = st.text(max_size=40)
counts = st.integers(0, 10**9)
numbers = st.floats(0, 1e9)


@st.composite
def progresses(draw: st.DrawFn) -> Progress:
    """Draw any state a run can be in, with any text in it."""
    done, failed, uncertain, skipped = (draw(counts) for _ in range(4))
    total = draw(
        st.none() | st.integers(0, 10**6).map(lambda more: done + failed + uncertain + skipped + more)
    )
    errors = draw(
        st.lists(
            st.builds(ErrorCount, texts, counts, texts, st.none() | texts, st.none() | texts), max_size=9
        )
    )
    return Progress(
        run=draw(texts),
        state=draw(st.sampled_from(["running", "paused", "finished", "cancelled", "stopped"])),
        total=total,
        done=done,
        failed=failed,
        uncertain=uncertain,
        skipped=skipped,
        in_flight=draw(counts),
        queued=None,
        rate=draw(numbers),
        allowed_rate=draw(st.none() | numbers),
        elapsed_s=draw(numbers),
        eta_s=draw(st.none() | numbers),
        waiting_on=draw(st.sampled_from([None, "limit", "breaker", "sign-in", "disk", "something new"])),
        resumes_at=draw(st.none() | st.floats(0, 4e9)),
        errors=tuple(errors),
        note=draw(st.none() | texts),
    )


class Reader(HTMLParser):
    """Collect the tags, the attributes and the text of HTML, and insist that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader
