"""Responses: the same echo as chat's, in the newer shape; kept, so that it can be read again."""

from __future__ import annotations

from collections.abc import Iterator

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.openai.chat import cut, echo, pieces, read_messages
from penstock.sandbox.vendors.openai.world import Refusal, Turn, count_tokens, events, missing, wrong_type
from penstock.sandbox.wire import Answer, Json

_ECHOED = (
    "instructions", "max_output_tokens", "previous_response_id", "reasoning", "service_tier", "temperature", "text",
    "tool_choice", "tools", "top_p", "truncation", "user", "metadata",
)  # fmt: skip
_DEFAULTS = {
    "metadata": {}, "reasoning": {"effort": None, "summary": None}, "service_tier": "default", "temperature": 1.0,
    "text": {"format": {"type": "text"}}, "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled",
}  # fmt: skip


def create(turn: Turn) -> Json | Answer:
    """Answer with an echo of the input."""
    given = turn.given
    model = turn.model("text")
    asked = given.get("input")
    if asked is None:
        raise missing("input")
    if not isinstance(asked, (str, list)):
        raise wrong_type("input", "one of a string or array of objects", asked)
    texts = [("user", asked)] if isinstance(asked, str) else read_messages(asked, "input")
    before = given.get("previous_response_id")
    if before is not None and before not in turn.world.responses:
        said = f"Previous response with id '{before}' not found."
        raise Refusal(400, said, code="previous_response_not_found", param="previous_response_id")
    answer, reason = cut(turn, echo(texts), "max_output_tokens")
    is_cut = reason == "length"
    read = sum(count_tokens(text) for _, text in texts) + count_tokens(str(given.get("instructions") or ""))
    written = count_tokens(answer)
    message: Json = {
        "type": "message",
        "id": turn.id("msg_"),
        "status": "incomplete" if is_cut else "completed",
        "role": "assistant",
        "content": [{"type": "output_text", "text": answer, "annotations": [], "logprobs": []}],
    }
    record: Record = {
        "id": turn.id("resp_"),
        "object": "response",
        "created_at": int(turn.at),
        "status": message["status"],
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if is_cut else None,
        "model": model,
        "output": [message],
        "parallel_tool_calls": True,
        "store": given.get("store", True) is not False,
        **{name: given[name] if given.get(name) is not None else _DEFAULTS.get(name) for name in _ECHOED},
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
    }
    if record["store"]:
        turn.world.responses.add(record["id"], record)
    turn.changed("responses.create", record["id"], model=model, text=answer)
    if given.get("stream"):
        return events(
            [{**event, "sequence_number": n} for n, event in enumerate(_events(record))], has_names=True
        )
    return record


def _events(record: Record) -> Iterator[Record]:
    """Yield what a stream tells: begun, the message piece by piece, done."""
    (message,) = record["output"]
    (part,) = message["content"]
    begun = {**record, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    yield {
        "type": "response.output_item.added",
        "output_index": 0,
        "item": {**message, "status": "in_progress", "content": []},
    }
    place = {"item_id": message["id"], "output_index": 0, "content_index": 0}
    yield {"type": "response.content_part.added", **place, "part": {**part, "text": ""}}
    for piece in pieces(part["text"]):
        yield {"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []}
    yield {"type": "response.output_text.done", **place, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **place, "part": part}
    yield {"type": "response.output_item.done", "output_index": 0, "item": message}
    yield {"type": f"response.{record['status']}", "response": record}


def get(turn: Turn) -> Json:
    """Return a kept response."""
    return _find(turn)


def delete(turn: Turn) -> Json:
    """Forget a kept response."""
    id = _find(turn)["id"]
    turn.world.responses.remove(id)
    turn.changed("responses.delete", id)
    return {"id": id, "object": "response", "deleted": True}


def cancel(turn: Turn) -> Json:
    """Refuse: every response here was finished before its answer left."""
    _find(turn)
    raise Refusal(400, "Cannot cancel a synchronous response.")


def _find(turn: Turn) -> Record:
    id = turn.values["response_id"]
    found = turn.world.responses.get(id)
    if found is None:
        raise Refusal(404, f"Response with id '{id}' not found.")
    return found


ROUTES = {
    "POST /v1/responses": create,
    "GET /v1/responses/{response_id}": get,
    "DELETE /v1/responses/{response_id}": delete,
    "POST /v1/responses/{response_id}/cancel": cancel,
}
