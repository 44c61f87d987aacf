"""Messages: answered whole or as a stream, counted, and prompts written."""

from __future__ import annotations

import json
from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.wire import Answer, Json


def read_text(content: Any) -> str:
    """Return the words of a content: a text, or a list of blocks."""
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return " ".join(
        str(block.get("text", f"[{block.get('type')}]")) for block in blocks if isinstance(block, dict)
    )


def count_words(params: Record) -> int:
    """Return what a request takes in: here a word is a token."""
    said = [read_text(params.get("system"))] + [read_text(one.get("content")) for one in params["messages"]]
    return max(1, sum(len(text.split()) for text in said))


def check(turn: Turn, params: Record, *names: str) -> None:
    """Refuse a request that lacks a field, or names a model there is not."""
    for name in names:
        if params.get(name) in (None, ""):
            raise turn.refuse("invalid", name)
    if "model" in names and turn.table("models").get(str(params["model"])) is None:
        raise turn.refuse("not_found", f"model: {params['model']}")
    messages = params.get("messages")
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise turn.refuse("invalid", message="messages: Input should be a valid array")
    if not messages:
        raise turn.refuse("invalid", message="messages: at least one message is required")
    if not isinstance(params.get("max_tokens", 1), int) or params.get("max_tokens", 1) < 1:
        raise turn.refuse("invalid", message="max_tokens: must be greater than or equal to 1")


def answer_message(turn: Turn, params: Record) -> Record:
    """Return the message Claude answers."""
    last: Record = next((one for one in reversed(params["messages"]) if one.get("role") == "user"), {})
    words = f"You said: {read_text(last.get('content'))}".split(" ")
    is_cut = len(words) > params["max_tokens"]
    text = " ".join(words[: params["max_tokens"]])
    return {
        "id": f"msg_01{turn.ids.text(22, ALNUM)}", "type": "message", "role": "assistant", "model": params["model"],
        "content": [{"type": "text", "text": text}], "stop_reason": "max_tokens" if is_cut else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": count_words(params), "output_tokens": min(len(words), params["max_tokens"])},
    }  # fmt: skip


def create(turn: Turn) -> Json | Answer:
    """Answer a message, whole or as a stream of events."""
    check(turn, turn.fields, "model", "max_tokens", "messages")
    message = answer_message(turn, turn.fields)
    turn.change("messages.create", message["id"])
    return _stream(message) if turn.fields.get("stream") is True else message


def _stream(message: Record) -> Answer:
    text = message["content"][0]["text"]
    begun = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    events: list[Record] = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
            for piece in text.replace(" ", " \0").split("\0")
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": message["usage"]["output_tokens"]},
        },
        {"type": "message_stop"},
    ]
    lines = [f"event: {one['type']}\ndata: {json.dumps(one, ensure_ascii=False)}\n\n" for one in events]
    return Answer(200, "".join(lines).encode(), [("Content-Type", "text/event-stream; charset=utf-8")])


def count(turn: Turn) -> Json:
    """Count what a message would take in."""
    check(turn, turn.fields, "model", "messages")
    return {"input_tokens": count_words(turn.fields)}


def write_prompt(turn: Turn) -> Json:
    """Write a prompt for a task, or another for the one given."""
    task = turn.fields.get("task")
    said = read_text((turn.fields.get("messages") or [{}])[0].get("content")) if task is None else str(task)
    if not said:
        raise turn.refuse("invalid", "task" if turn.action == "prompts.generate" else "messages")
    prompt = [{"role": "user", "content": [{"type": "text", "text": f"<task>{said}</task>"}]}]
    return {
        "messages": prompt,
        "system": "",
        "usage": [{"input_tokens": len(said.split()), "output_tokens": len(said.split())}],
    }
