"""What there is of models, and what they do besides words: embeddings, moderation, images. The same in, the same out."""

from __future__ import annotations

import base64
import math
import struct
from random import Random

from penstock.sandbox.vendors.openai.world import (
    MODELS,
    MODELS_SINCE,
    Refusal,
    Turn,
    count_tokens,
    missing,
    no_model,
    wrong_type,
    wrong_value,
)
from penstock.sandbox.wire import Json

DIMENSIONS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
MOST_INPUTS = 2048
# What a text must hold to be flagged: enough to see both answers.
_FLAGGED = {
    "violence": "kill",
    "harassment": "idiot",
    "hate": "vermin",
    "illicit": "poison",
    "self-harm": "suicide",
}
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def listed(turn: Turn) -> Json:
    """Return every model on one page."""
    return {"object": "list", "data": [_show(name) for name in MODELS]}


def get(turn: Turn) -> Json:
    """Return one model."""
    name = turn.values["model"]
    if name not in MODELS:
        raise no_model(name)
    return _show(name)


def _show(name: str) -> Json:
    return {"id": name, "object": "model", "created": MODELS_SINCE, "owned_by": "system"}


def embed(turn: Turn) -> Json:
    """Return a vector of length 1 for each input: chance, begun from the text itself."""
    model = turn.model("vectors")
    texts = _read_inputs(turn)
    length = turn.number("dimensions", DIMENSIONS[model], DIMENSIONS[model])
    form = turn.given.get("encoding_format", "float")
    if form not in ("float", "base64"):
        raise wrong_value("encoding_format", form, ("float", "base64"))
    tokens = sum(map(count_tokens, texts))
    turn.changed("embeddings.create", turn.id("emb_", 24), model=model, inputs=len(texts))
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _vector(f"{model} {text}", length, form)}
            for index, text in enumerate(texts)
        ],
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _vector(text: str, length: int, form: str) -> Json:
    chance = Random(text)
    numbers = [chance.gauss(0.0, 1.0) for _ in range(length)]
    size = math.sqrt(sum(number * number for number in numbers))
    numbers = [number / size for number in numbers]
    if form == "base64":
        return base64.b64encode(struct.pack(f"<{length}f", *numbers)).decode()
    return [round(number, 8) for number in numbers]


def _read_inputs(turn: Turn) -> list[str]:
    """Return the inputs as texts; tokens, which stand for text as well, are written out. Raises Refusal."""
    value = turn.given.get("input")
    if value is None:
        raise missing("input")
    inputs = [value] if isinstance(value, str) or _is_tokens(value) else value
    if not isinstance(inputs, list):
        raise wrong_type("input", "one of a string or array", value)
    if not inputs or len(inputs) > MOST_INPUTS:
        message = (
            f"Invalid 'input': array of {len(inputs)}. Expected an array with length 1 to {MOST_INPUTS}."
        )
        raise Refusal(400, message, param="input")
    texts: list[str] = []
    for one in inputs:
        text = one if isinstance(one, str) else " ".join(map(str, one)) if _is_tokens(one) else _part(one)
        if not text:
            raise Refusal(400, "'$.input' is invalid. Please check the API reference.")
        texts.append(text)
    return texts


def _is_tokens(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, int) for one in value)


def _part(value: Json) -> str:
    text = value.get("text") if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""


def moderate(turn: Turn) -> Json:
    """Flag each input that holds a word a child could name."""
    model = turn.model("moderation", "omni-moderation-latest")
    results = []
    for text in _read_inputs(turn):
        found = {category: word in text.lower() for category, word in _FLAGGED.items()}
        results.append(
            {
                "flagged": any(found.values()),
                "categories": found,
                "category_scores": {category: 0.98 if hit else 0.0001 for category, hit in found.items()},
                "category_applied_input_types": {category: ["text"] for category in found},
            }
        )
    return {"id": turn.id("modr-", 32), "model": model, "results": results}


def draw(turn: Turn) -> Json:
    """Return a picture of one pixel."""
    model = turn.model("images", "gpt-image-1")
    prompt = turn.given.get("prompt")
    if prompt is None:
        raise missing("prompt")
    if not isinstance(prompt, str):
        raise wrong_type("prompt", "a string", prompt)
    count = turn.number("n", 1, 10)
    turn.changed("images.generate", turn.id("img_", 24), model=model, prompt=prompt)
    tokens = count_tokens(prompt)
    return {
        "created": int(turn.at),
        "background": "opaque",
        "output_format": "png",
        "quality": "low",
        "size": "1024x1024",
        "data": [{"b64_json": _PIXEL} for _ in range(count)],
        "usage": {
            "input_tokens": tokens,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": tokens},
            "output_tokens": 272 * count,
            "total_tokens": tokens + 272 * count,
        },
    }


ROUTES = {
    "GET /v1/models": listed,
    "GET /v1/models/{model}": get,
    "POST /v1/embeddings": embed,
    "POST /v1/moderations": moderate,
    "POST /v1/images/generations": draw,
}
