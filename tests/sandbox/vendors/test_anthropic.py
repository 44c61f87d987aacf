"""Anthropic's sandbox judged by the official anthropic package, and used through Penstock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from penstock.errors import NotFound, SignInNeeded
from penstock.redact import Secret

MODEL = "claude-haiku-5-5"
HELLO = [{"role": "user", "content": "Zoë says 你好 🎉"}]


@pytest.fixture
def client(make_box: Any) -> Iterator[Callable[..., tuple[Any, Any, Any]]]:
    """Return a sandbox, their package, and its client of it, which tries once."""
    anthropic = pytest.importorskip("anthropic")
    opened: list[Any] = []

    def make(key: str = "default", **options: Any) -> tuple[Any, Any, Any]:
        box = make_box(names=["anthropic"], **options)
        url = box.base_url("anthropic").removesuffix("/v1")
        opened.append(
            anthropic.Anthropic(
                api_key=box.credential("anthropic", key)["api_key"], base_url=url, max_retries=0
            )
        )
        return box, anthropic, opened[-1]

    yield make
    for one in opened:
        one.close()


def test_models_are_listed_and_looked_up(client: Any) -> None:
    """Every listed model can be fetched, page by page; one that does not exist is their NotFoundError."""
    _, anthropic, sdk = client()
    names = [model.id for model in sdk.models.list(limit=1)]
    assert len(names) == 3 and [sdk.models.retrieve(name).id for name in names] == names
    with pytest.raises(anthropic.NotFoundError):
        sdk.models.retrieve("claude-0")


def test_a_message_says_what_it_was_told_and_counts_words(client: Any) -> None:
    """The last user's words come back; max_tokens cuts; count_tokens agrees with the usage."""
    box, _, sdk = client()
    said = sdk.messages.create(model=MODEL, max_tokens=64, messages=HELLO)
    assert said.content[0].text == "You said: Zoë says 你好 🎉" and said.stop_reason == "end_turn"
    assert sdk.messages.count_tokens(model=MODEL, messages=HELLO).input_tokens == said.usage.input_tokens
    short = sdk.messages.create(model=MODEL, max_tokens=2, messages=HELLO)
    assert (short.content[0].text, short.stop_reason) == ("You said:", "max_tokens")
    assert [entry["effect"]["id"] for entry in box.log(has_effect=True)] == [said.id, short.id]


def test_a_stream_has_the_same_words(client: Any) -> None:
    """The pieces of a stream put together are the whole answer, with its usage and its end."""
    _, _, sdk = client()
    with sdk.messages.stream(model=MODEL, max_tokens=64, messages=HELLO) as stream:
        assert "".join(stream.text_stream) == "You said: Zoë says 你好 🎉"
        final = stream.get_final_message()
    assert final.stop_reason == "end_turn" and final.usage.output_tokens == 6


def test_refusals_are_their_own_errors(client: Any) -> None:
    """A wrong key, a missing field, an unknown model, a limit, an overload and a failure are told apart."""
    box, anthropic, sdk = client(limits={"anthropic": 2})
    with pytest.raises(anthropic.NotFoundError):
        sdk.messages.create(model="claude-0", max_tokens=1, messages=HELLO)
    with pytest.raises(anthropic.BadRequestError, match="at least one message"):
        sdk.messages.create(model=MODEL, max_tokens=1, messages=[])
    raw = sdk.messages.with_raw_response.create(model=MODEL, max_tokens=9, messages=HELLO)
    assert raw.headers["anthropic-ratelimit-requests-limit"] == "50" and raw.headers["request-id"]
    sdk.messages.create(model=MODEL, max_tokens=9, messages=HELLO)
    box.set_faults({"script": [{"match": "POST *", "fault": "429", "times": 1}]})
    with pytest.raises(anthropic.RateLimitError) as caught:
        sdk.messages.create(model=MODEL, max_tokens=9, messages=HELLO)
    assert caught.value.response.headers["retry-after"] == "1"
    box.set_faults({"script": [{"match": "POST *", "fault": "500", "times": 1}]})
    with pytest.raises(anthropic.InternalServerError):
        sdk.messages.create(model=MODEL, max_tokens=9, messages=HELLO)
    wrong = sdk.with_options(api_key="sk-ant-api03-wrong")
    with pytest.raises(anthropic.AuthenticationError):
        wrong.models.list()


def test_the_declared_limit_is_kept(client: Any) -> None:
    """The 51st message within a moment is refused, with the seconds until the next may come."""
    _, anthropic, sdk = client(limits=True)
    for _ in range(50):
        sdk.messages.create(model=MODEL, max_tokens=1, messages=HELLO)
    with pytest.raises(anthropic.RateLimitError) as caught:
        for _ in range(5):  # a slow machine has earned one or two more meanwhile
            sdk.messages.create(model=MODEL, max_tokens=1, messages=HELLO)
    assert int(caught.value.response.headers["retry-after"]) >= 1
    assert caught.value.response.headers["anthropic-ratelimit-requests-remaining"] == "0"


def test_a_batch_is_made_looked_at_and_read(client: Any) -> None:
    """A batch of three, one of them wrong, ends with two successes and an error, matched by custom_id."""
    _, anthropic, sdk = client()
    params = {"model": MODEL, "max_tokens": 9, "messages": HELLO}
    wrong = {**params, "model": "claude-0"}
    asked = [("a", params), ("b", wrong), ("c", params)]
    made = sdk.messages.batches.create(requests=[{"custom_id": id, "params": one} for id, one in asked])
    assert made.processing_status == "in_progress" and made.request_counts.processing == 3
    ended = sdk.messages.batches.retrieve(made.id)
    assert ended.processing_status == "ended" and ended.request_counts.succeeded == 2
    results = {one.custom_id: one.result for one in sdk.messages.batches.results(made.id)}
    assert {id: one.type for id, one in results.items()} == {
        "a": "succeeded",
        "b": "errored",
        "c": "succeeded",
    }
    assert results["a"].message.content[0].text == "You said: Zoë says 你好 🎉"
    assert results["b"].error.error.type == "not_found_error"
    more = [sdk.messages.batches.create(requests=[{"custom_id": "a", "params": params}]).id for _ in range(4)]
    assert [one.id for one in sdk.messages.batches.list(limit=2)] == [*more[::-1], made.id]
    assert sdk.messages.batches.cancel(more[0]).processing_status == "canceling"
    assert sdk.messages.batches.retrieve(more[0]).request_counts.canceled == 1
    assert sdk.messages.batches.delete(made.id).type == "message_batch_deleted"
    with pytest.raises(anthropic.NotFoundError):
        sdk.messages.batches.retrieve(made.id)


def test_files_agents_and_sessions_are_kept(client: Any) -> None:
    """A file is uploaded and listed over pages; an agent answers in a session, whose events come in order."""
    _, anthropic, sdk = client()
    made = [sdk.files.upload(file=(f"{n}.txt", b"Hei", "text/plain")).id for n in range(5)]
    assert [one.id for one in sdk.files.list(limit=2)] == made
    assert sdk.files.retrieve_metadata(made[0]).size_bytes == 3
    with pytest.raises(anthropic.BadRequestError, match="not downloadable"):
        sdk.files.download(made[0])
    assert sdk.files.delete(made[0]).id == made[0]
    agents = [sdk.beta.agents.create(name=f"A{n}", model=MODEL).id for n in range(3)]
    assert [one.id for one in sdk.beta.agents.list(limit=1)] == agents
    session = sdk.beta.sessions.create(agent=agents[0], environment_id="env_01")
    message = {"type": "user.message", "content": [{"type": "text", "text": "Hei"}]}
    sdk.beta.sessions.events.send(session.id, events=[message])
    kinds = [event.type for event in sdk.beta.sessions.events.list(session.id)]
    assert kinds == ["user.message", "agent.message", "session.status_idle"]


def test_a_job_answers_every_row_by_its_own_id(workbench: Any, make_box: Any) -> None:
    """Thirty rows are one message batch; the one with an unknown model fails with its own words, the others are answered."""
    pd = pytest.importorskip("pandas")
    box = make_box(names=["anthropic"])
    anthropic = workbench.connect("anthropic", sandbox=box)
    rows = pd.DataFrame({"model": [MODEL] * 30, "max_tokens": 9})
    rows["messages"] = [[{"role": "user", "content": f"Row {n}"}] for n in range(30)]
    rows.loc[7, "model"] = "claude-0"
    frame = workbench.batch(anthropic.messages.create, rows, key=None, bulk="job").wait().frame()
    assert list(frame["status"].value_counts().sort_index().items()) == [("done", 29), ("failed", 1)]
    said = [one["content"][0]["text"] for one in frame["response"][frame["status"] == "done"]]
    assert said == [f"You said: Row {n}" for n in range(30) if n != 7]
    assert "model: claude-0" in frame["error"][7]
    paths = [entry["path"] for entry in box.log() if entry["method"] == "POST"]
    assert [path.rpartition("/")[2] for path in paths] == ["batches"]


def test_penstock_asks_lists_and_is_refused(workbench: Any) -> None:
    """A message is answered, files are listed over pages; wrong ids and keys are told apart."""
    anthropic = workbench.connect("anthropic", sandbox=True)
    assert anthropic.messages.create(model=MODEL, max_tokens=9, messages=HELLO)["role"] == "assistant"
    made = [anthropic.files.upload(file=(f"{n}.txt", b"Hei", "text/plain"))["id"] for n in range(5)]
    assert list(anthropic.files.list.frame(limit=2)["id"]) == made
    assert anthropic.files.get(file_id=made[0])["filename"] == "0.txt"
    streamed = anthropic.messages.create(model=MODEL, max_tokens=9, messages=HELLO, stream=True)
    assert streamed.text.startswith("event: message_start")
    with pytest.raises(NotFound) as caught:
        anthropic.models.get(model_id="claude-0")
    assert caught.value.hint
    stranger = workbench.connect(
        "anthropic",
        credential={"api_key": Secret("sk-ant-api03-wrong")},
        base_url=workbench.sandbox().base_url("anthropic"),
    )
    with pytest.raises(SignInNeeded):
        stranger.models.list()
