"""A run that is moved by hand: what widgets need of a Run, without an engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from penstock.batch.progress import ErrorCount, Progress

START = Progress(
    run="july-import",
    state="running",
    total=1000,
    done=396,
    failed=12,
    uncertain=4,
    skipped=0,
    in_flight=10,
    queued=578,
    rate=24.8,
    allowed_rate=25.0,
    elapsed_s=17.2,
    eta_s=23.7,
    waiting_on=None,
    resumes_at=None,
    errors=(
        ErrorCount(
            "Invalid", 9, "Invalid email address: anna@", "Correct the value the message names.", "C-00412"
        ),
        ErrorCount(
            "ServerFailed", 3, "The service failed (HTTP 502).", "It is theirs: try again later.", "C-00077"
        ),
    ),
)


class FakeRun:
    """Hold a Progress, tell watchers of each new one, and write down what it is asked to do."""

    def __init__(self, progress: Progress = START) -> None:
        self.progress = progress
        self.asked: list[str] = []
        self._watchers: list[Callable[[Progress], None]] = []

    @property
    def name(self) -> str:
        return self.progress.run

    @property
    def is_finished(self) -> bool:
        return self.progress.is_finished

    def watch(self, watcher: Callable[[Progress], None]) -> Callable[[], None]:
        self._watchers.append(watcher)
        watcher(self.progress)
        return lambda: self._watchers.remove(watcher)

    def move(self, **changes: Any) -> None:
        self.progress = replace(self.progress, **changes)
        for watcher in list(self._watchers):
            watcher(self.progress)

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    def cancel(self) -> None:
        self.asked.append("cancel")

    def retry_failed(self) -> None:
        self.asked.append("retry_failed")
