"""Chat completions: the last message comes back as an echo, whole or as a stream. No model thinks here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from penstock.sandbox.vendors.openai.world import (
    CHARACTERS_PER_TOKEN,
    Refusal,
    Turn,
    count_tokens,
    events,
    missing,
    wrong_type,
    wrong_value,
)
from penstock.sandbox.wire import Answer, Json

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
LONGEST_ANSWER = 128_000  # tokens


def create(turn: Turn) -> Json | Answer:
    """Answer with an echo of the last user's words: the same words, the same answer."""
    model = turn.model("text")
    texts = read_messages(turn.given.get("messages"), "messages")
    prompt_tokens = sum(count_tokens(text) + 3 for _, text in texts)
    answer, reason = cut(turn, echo(texts), "max_completion_tokens", "max_tokens")
    choices = turn.number("n", 1, 128)
    tokens = count_tokens(answer) * choices
    usage = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": tokens,
        "total_tokens": prompt_tokens + tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    id = turn.id("chatcmpl-", 29)
    turn.changed("chat_completions.create", id, model=model, text=answer)
    head = {
        "id": id,
        "object": "chat.completion",
        "created": int(turn.at),
        "model": model,
        "service_tier": "default",
        "system_fingerprint": None,
    }
    if turn.given.get("stream"):
        chunks = _chunks(turn, {**head, "object": "chat.completion.chunk"}, answer, reason, choices, usage)
        return events(chunks, is_ended=True)
    message: Json = {"role": "assistant", "content": answer, "refusal": None, "annotations": []}
    return {
        **head,
        "choices": [
            {"index": index, "message": message, "logprobs": None, "finish_reason": reason}
            for index in range(choices)
        ],
        "usage": usage,
    }


def _chunks(
    turn: Turn, head: dict[str, Any], answer: str, reason: str, choices: int, usage: Json
) -> Iterator[Json]:
    options = turn.given.get("stream_options") or {}
    rest = {"usage": None} if options.get("include_usage") else {}

    def chunk(index: int, delta: Json, finish: str | None = None) -> Json:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**head, "choices": [choice], **rest}

    for index in range(choices):
        yield chunk(index, {"role": "assistant", "content": "", "refusal": None})
        for piece in pieces(answer):
            yield chunk(index, {"content": piece})
        yield chunk(index, {}, reason)
    if rest:
        yield {**head, "choices": [], "usage": usage}


def read_messages(value: Json, name: str) -> list[tuple[str, str]]:
    """Return the messages as (role, text). Raises Refusal."""
    if value is None:
        raise missing(name)
    if not isinstance(value, list):
        raise wrong_type(name, "an array of objects", value)
    if not value:
        message = f"Invalid '{name}': empty array. Expected an array with minimum length 1."
        raise Refusal(400, message, code="empty_array", param=name)
    texts: list[tuple[str, str]] = []
    for index, message in enumerate(value):
        place = f"{name}[{index}]"
        if not isinstance(message, dict):
            raise wrong_type(place, "an object", message)
        role = message.get("role")
        if role is None:
            raise missing(f"{place}.role")
        if role not in ROLES:
            raise wrong_value(f"{place}.role", role, ROLES)
        texts.append((role, _text(message.get("content"), place)))
    return texts


def _text(content: Json, place: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise wrong_type(f"{place}.content", "one of a string or array of objects", content)
    parts = [part.get("text") for part in content if isinstance(part, dict)]
    return " ".join(part for part in parts if isinstance(part, str))


def echo(texts: list[tuple[str, str]]) -> str:
    """Return the answer to a conversation."""
    asked = next((text for role, text in reversed(texts) if role == "user"), texts[-1][1])
    return f"You said: {asked}"


def cut(turn: Turn, answer: str, *names: str) -> tuple[str, str]:
    """Return the answer within the tokens allowed, and why it ended: "stop" or "length"."""
    allowed = min(turn.number(name, LONGEST_ANSWER, LONGEST_ANSWER) for name in names)
    if count_tokens(answer) <= allowed:
        return answer, "stop"
    return answer[: allowed * CHARACTERS_PER_TOKEN], "length"


def pieces(text: str) -> list[str]:
    """Return a text in the pieces a stream brings it in: words with the blanks before them."""
    return re.findall(r"\s*\S+|\s+$", text)


ROUTES = {"POST /v1/chat/completions": create}
