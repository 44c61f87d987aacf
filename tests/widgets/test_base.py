"""What all widgets share: questions checked and answered, drawing that keeps its pace."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest

from penstock.errors import UsageError
from penstock.redact import HIDDEN, Secret
from penstock.widgets._base import LARGEST_BYTES, Question, Redraw, Widget, Work, hear_while_busy


class Lamp(Widget):
    _esm = "export default { render() {} }"

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.lit = 0

    def questions(self) -> Any:
        return {"light": self.light, "refuse": self.refuse, "break": self.smash}

    def light(self) -> None:
        self.lit += 1

    def refuse(self) -> None:
        raise UsageError("No oil.", hint="Fill it.")

    def smash(self) -> None:
        raise RuntimeError("glass hunter2hunter2 everywhere")

    def send(self, content: Any, buffers: Any = None) -> None:
        self.sent.append(content)


def ask(lamp: Lamp, content: Any) -> list[dict[str, Any]]:
    lamp.sent.clear()
    lamp._handle_custom_msg(content, [])
    return lamp.sent


def test_a_question_is_done_and_answered() -> None:
    """A known question runs its action once and is acknowledged under its id."""
    lamp = Lamp()
    assert ask(lamp, {"id": "1", "type": "light"}) == [{"type": "ack", "id": "1", "ok": True, "error": ""}]
    assert lamp.lit == 1


@pytest.mark.parametrize("kind", ["no such", None, 7, "__init__"])
def test_an_unknown_question_is_answered_with_no(kind: object) -> None:
    """A question the widget does not know changes nothing and gets ok=False."""
    lamp = Lamp()
    (answer,) = ask(lamp, {"id": "1", "type": kind})
    assert not answer["ok"] and lamp.lit == 0


@pytest.mark.parametrize(
    "content", [None, "light", {"type": "light"}, {"id": 3, "type": "light"}, {"id": ["x"], "type": "light"}]
)
def test_a_message_without_an_id_is_ignored(content: object) -> None:
    """What is not a question does nothing and gets no answer."""
    lamp = Lamp()
    assert ask(lamp, content) == [] and lamp.lit == 0


def test_an_action_that_raises_is_answered_with_its_words() -> None:
    """The reason of a refused action reaches the page, without a secret in it."""
    lamp = Lamp()
    assert ask(lamp, {"id": "1", "type": "refuse"})[0]["error"] == "No oil. Fill it."
    secret = Secret("hunter2hunter2")
    (answer,) = ask(lamp, {"id": "2", "type": "break"})
    assert answer == {
        "type": "ack",
        "id": "2",
        "ok": False,
        "error": f"RuntimeError: glass {HIDDEN} everywhere",
    }
    assert secret


def test_a_widget_always_brings_text() -> None:
    """Beside its view a widget has text/plain that is the same each time, with no address in it."""
    data, _ = Lamp()._repr_mimebundle_()
    assert data["text/plain"] == "Lamp()" == repr(Lamp())
    assert "application/vnd.jupyter.widget-view+json" in data


def test_messages_go_where_the_page_sent_them() -> None:
    """A comm with ipykernel's private router is given one that keeps the page's choice; others stay as they are."""

    class Comm:
        def _reply_subshell_for(self, data: object, default: str) -> str:
            return "main"

    routed, plain = Comm(), object()
    hear_while_busy(routed)
    hear_while_busy(plain)
    hear_while_busy(None)
    assert routed._reply_subshell_for({}, "subshell-1") == "subshell-1"


class Slow(Widget):
    """Answer questions with fields and secrets, when the test lets it."""

    _esm = "export default { render() {} }"

    def __init__(self) -> None:
        super().__init__()
        self.sent: queue.Queue[dict[str, Any]] = queue.Queue()
        self.heard: list[Question] = []
        self.begun: list[str] = []
        self.threads: list[threading.Thread] = []
        self.gate = threading.Event()
        self.gate.set()

    def work(self) -> Any:
        return {
            "put": Work(
                self.put, {"name": str, "count": int, "more": dict, "is_new": bool}, frozenset({"token"})
            ),
            "spill": Work(self.spill, {}, None),
        }

    def put(self, question: Question) -> dict[str, Any]:
        self.threads.append(threading.current_thread())
        self.gate.wait(20)
        self.heard.append(question)
        return {"name": question.text("name")}

    def spill(self, question: Question) -> None:
        raise RuntimeError(f"spilt {question.secrets['token'].reveal()}")

    def send(self, content: Any, buffers: Any = None) -> None:
        if content["type"] == "begun":
            self.begun.append(content["id"])
        else:
            self.sent.put(content)

    def ask(self, content: dict[str, Any], buffers: list[Any] | None = None) -> dict[str, Any]:
        self._handle_custom_msg({"id": "1", "type": "put", **content}, buffers or [])
        return self.sent.get(timeout=20)


def test_work_is_done_beside_and_answered_with_its_value() -> None:
    """A question with fields runs on a thread of its own, gets its secrets as Secrets, and its value comes back."""
    slow = Slow()
    answer = slow.ask({"name": "acme", "secrets": ["token"]}, [memoryview(b"tok-\xc3\xa9-123456")])
    assert answer == {"type": "ack", "id": "1", "ok": True, "error": "", "value": {"name": "acme"}}
    assert slow.heard[0].secrets == {"token": Secret("tok-é-123456")}
    assert slow.threads[0] is not threading.current_thread() and slow.threads[0].daemon


def test_long_work_holds_nobody_up() -> None:
    """While a question is at work the page was told that it has begun, and others are answered."""
    slow = Slow()
    slow.gate.clear()
    slow._handle_custom_msg({"id": "long", "type": "put"}, [])
    assert slow.begun == ["long"]
    assert slow.ask({"type": "spill", "id": "short", "secrets": ["token"], "values": ["x"]})["id"] == "short"
    slow.gate.set()
    assert slow.sent.get(timeout=20)["id"] == "long"


def test_too_many_at_once_are_refused() -> None:
    """The ninth question at work is refused in words; when the others are done there is room again."""
    slow = Slow()
    slow.gate.clear()
    for number in range(8):
        slow._handle_custom_msg({"id": f"q{number}", "type": "put"}, [])
    assert "at once" in slow.ask({})["error"]
    slow.gate.set()
    assert all(slow.sent.get(timeout=20)["ok"] for _ in range(8))
    assert slow.ask({})["ok"]


def test_lost_buffers_are_asked_for_again() -> None:
    """A question whose secrets did not arrive says so and does nothing; with the values in it, it is done."""
    slow = Slow()
    answer = slow.ask({"secrets": ["token"]})
    assert not answer["ok"] and answer["value"] == {"needs_values": True} and slow.heard == []
    assert slow.ask({"secrets": ["token"], "values": ["tok-123456"]})["ok"]
    assert slow.heard[0].secrets == {"token": Secret("tok-123456")}


@pytest.mark.parametrize(
    ("content", "buffers"),
    [
        ({"strange": "x"}, []),
        ({"name": 3}, []),
        ({"count": True}, []),
        ({"is_new": 1}, []),
        ({"more": {"a": 1}}, []),
        ({"more": {"a": "x" * 2001}}, []),
        ({"name": "x" * 2001}, []),
        ({"id": "x" * 101}, []),
        ({"secrets": "token"}, [b"x"]),
        ({"secrets": ["token", "token"]}, [b"x", b"y"]),
        ({"secrets": ["token"]}, [b"x", b"y"]),
        ({"secrets": ["token"]}, [b"\xff\xfe"]),
        ({"secrets": ["token"]}, [b"x" * (LARGEST_BYTES + 1)]),
        ({"secrets": ["password"]}, [b"x"]),
        ({"secrets": ["no name"]}, [b"x"]),
        ({"secrets": ["token"], "values": [3]}, []),
        ({"secrets": ["token"], "values": ["x" * (LARGEST_BYTES + 1)]}, []),
    ],
)
def test_a_question_that_does_not_fit_is_refused(content: dict[str, Any], buffers: list[bytes]) -> None:
    """What is too large, of another type, or belongs to no field is answered with no, and nothing is done."""
    slow = Slow()
    answer = slow.ask(content, [memoryview(one) for one in buffers])
    assert not answer["ok"] and answer["error"] and slow.heard == []


def test_a_failure_at_work_hides_its_secrets() -> None:
    """What came with the question is taken out of the reason that goes back."""
    answer = Slow().ask({"type": "spill", "secrets": ["token"]}, [memoryview(b"hunter3hunter3")])
    assert answer["error"] == f"RuntimeError: spilt {HIDDEN}"


def test_drawing_keeps_its_pace_and_the_last_state() -> None:
    """Asked a thousand times at once, it draws a few times, and once after the last; closed, never again."""
    drawn: list[int] = []
    asked = 0
    seen_all = threading.Event()

    def draw() -> None:
        drawn.append(asked)
        if asked == 1000:
            seen_all.set()

    redraw = Redraw(draw)
    for asked in range(1, 1001):  # noqa: B007
        redraw.ask()
    assert seen_all.wait(20) and len(drawn) < 20
    redraw.close()
    before = len(drawn)
    redraw.ask()
    assert len(drawn) == before


def test_a_drawing_that_fails_does_not_end_the_next() -> None:
    """An error in one drawing is logged, and the next one is drawn."""
    tries = 0
    done = threading.Event()

    def draw() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            redraw.ask()
            raise RuntimeError("once")
        done.set()

    redraw = Redraw(draw)
    redraw.ask()
    assert done.wait(20)
