"""OpenAI's sandbox judged by the official openai package, and in the raw where that hides what is on the wire."""

from __future__ import annotations

import io
import json

import pytest

from penstock.sandbox.vendors.openai.limits import write_duration

openai = pytest.importorskip("openai")
HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Zoë says 你好 🎉"}]


@pytest.fixture
def client(make_box):
    """Return a sandbox and their client of it, which tries once."""
    opened = []

    def make(key="default", **options):
        box = make_box(names=["openai"], **options)
        opened.append(
            openai.OpenAI(
                api_key=box.credential("openai", key)["api_key"],
                base_url=box.base_url("openai"),
                max_retries=0,
            )
        )
        return box, opened[-1]

    yield make
    for one in opened:
        one.close()


def test_models_are_listed_and_looked_up(client):
    """Every listed model can be fetched; one that does not exist is model_not_found."""
    _, sdk = client()
    names = [model.id for model in sdk.models.list()]
    assert "gpt-5-mini" in names and [sdk.models.retrieve(name).id for name in names] == names
    with pytest.raises(openai.NotFoundError) as caught:
        sdk.models.retrieve("gpt-0")
    assert caught.value.code == "model_not_found"


def test_a_completion_echoes_the_last_user_message_and_counts_tokens(client):
    """The same messages get the same words; usage adds up; n choices cost n times; max_tokens cuts."""
    box, sdk = client()
    first, second = (sdk.chat.completions.create(model="gpt-5-mini", messages=HELLO) for _ in range(2))
    assert first.choices[0].message.content == "You said: Zoë says 你好 🎉"
    assert first.choices == second.choices and first.id != second.id
    assert first.usage.total_tokens == first.usage.prompt_tokens + first.usage.completion_tokens > 0
    three = sdk.chat.completions.create(model="gpt-5-mini", messages=HELLO, n=3)
    assert len(three.choices) == 3 and three.usage.completion_tokens == 3 * first.usage.completion_tokens
    short = sdk.chat.completions.create(model="gpt-5-mini", messages=HELLO, max_completion_tokens=2)
    assert (short.choices[0].message.content, short.choices[0].finish_reason) == ("You said", "length")
    assert [entry["effect"]["id"] for entry in box.log(has_effect=True)] == [
        one.id for one in (first, second, three, short)
    ]


def test_a_streamed_completion_has_the_same_words(client):
    """The pieces of a stream put together are the whole answer; include_usage adds a last chunk with the usage."""
    _, sdk = client()
    whole = sdk.chat.completions.create(model="gpt-5-mini", messages=HELLO)
    chunks = list(
        sdk.chat.completions.create(
            model="gpt-5-mini", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    said = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert said == whole.choices[0].message.content
    assert chunks[-2].choices[0].finish_reason == "stop" and chunks[-1].usage == whole.usage
    assert len(chunks) > 4 and len({chunk.id for chunk in chunks}) == 1


def test_responses_are_kept_streamed_and_deleted(client):
    """A response can be read again until it is deleted; its stream ends with the whole; a synchronous one has no cancel."""
    _, sdk = client()
    made = sdk.responses.create(model="gpt-5-mini", input="Hei", metadata={"row": "7"})
    assert made.output_text == "You said: Hei" and made.usage.total_tokens > 0
    assert sdk.responses.retrieve(made.id).metadata == {"row": "7"}
    more = sdk.responses.create(model="gpt-5-mini", input=HELLO, previous_response_id=made.id, stream=True)
    events = list(more)
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert events[-1].type == "response.completed"
    assert "".join(deltas) == events[-1].response.output_text == "You said: Zoë says 你好 🎉"
    with pytest.raises(openai.BadRequestError, match="synchronous"):
        sdk.responses.cancel(made.id)
    sdk.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        sdk.responses.retrieve(made.id)
    gone = sdk.responses.create(model="gpt-5-mini", input="Hei", store=False)
    with pytest.raises(openai.NotFoundError):
        sdk.responses.retrieve(gone.id)


def test_embeddings_are_the_same_for_the_same_text(client):
    """Vectors have length 1 and the dimensions asked for; equal texts are equal, others are not; base64 is the same."""
    _, sdk = client()
    model = "text-embedding-3-small"
    found = sdk.embeddings.create(model=model, input=["ada", "lin", "ada"], dimensions=64)
    one, two, three = (row.embedding for row in found.data)
    assert len(one) == 64 and one == three != two
    assert sum(number * number for number in one) == pytest.approx(1.0, abs=1e-5)
    plain = sdk.embeddings.create(model=model, input="ada", dimensions=64, encoding_format="float")
    assert plain.data[0].embedding == pytest.approx(one, abs=1e-6)
    assert len(sdk.embeddings.create(model=model, input="ada").data[0].embedding) == 1536
    for bad in ("", [], ["a"] * 2049):
        with pytest.raises(openai.BadRequestError):
            sdk.embeddings.create(model=model, input=bad)


def test_moderation_flags_some_and_images_come_as_bytes(client):
    """A text with a bad word is flagged and another is not; an image is a PNG."""
    import base64

    _, sdk = client()
    flags = [r.flagged for r in sdk.moderations.create(input=["I kill you", "I like you"]).results]
    assert flags == [True, False]
    image = sdk.images.generate(prompt="a penstock", model="gpt-image-1")
    assert base64.b64decode(image.data[0].b64_json).startswith(b"\x89PNG")


def test_files_are_uploaded_paged_read_and_deleted(client):
    """Bytes come back as they were sent; pages of two hold every file once, newest first; a deleted one is gone."""
    _, sdk = client()
    raw = b"\x00\xffline\r\n--not-a-boundary\r\n"
    made = [
        sdk.files.create(file=(f"f{n} ü.bin", io.BytesIO(raw + bytes([n]))), purpose="user_data")
        for n in range(5)
    ]
    sdk.files.create(file=("other.jsonl", b"{}"), purpose="batch")
    assert sdk.files.content(made[3].id).content == raw + b"\x03"
    found = [file.id for file in sdk.files.list(limit=2, purpose="user_data")]
    assert found == [file.id for file in reversed(made)]
    assert [file.id for file in sdk.files.list(order="asc", purpose="user_data")] == found[::-1]
    assert sdk.files.delete(made[0].id).deleted
    with pytest.raises(openai.NotFoundError):
        sdk.files.retrieve(made[0].id)
    with pytest.raises(openai.BadRequestError, match="fine-tune"):
        sdk.files.create(file=b"x", purpose="nonsense")


def test_a_batch_answers_every_line_once(client):
    """Good lines end in the output file, refused ones in the error file; a broken line fails the whole batch."""
    _, sdk = client()

    def line(custom_id, model="gpt-5-nano"):
        body = {"model": model, "messages": [{"role": "user", "content": custom_id}]}
        return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}

    def start(*lines):
        text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
        file = sdk.files.create(file=("in.jsonl", text.encode()), purpose="batch")
        return sdk.batches.create(
            input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
        )

    begun = start(line("a"), line("b", "gpt-0"), line("c"))
    assert begun.status == "validating"
    done = sdk.batches.retrieve(begun.id)
    assert (done.status, done.request_counts.completed, done.request_counts.failed) == ("completed", 2, 1)
    answers = [json.loads(text) for text in sdk.files.content(done.output_file_id).text.splitlines()]
    assert [one["custom_id"] for one in answers] == ["a", "c"]
    assert answers[1]["response"]["body"]["choices"][0]["message"]["content"] == "You said: c"
    (failed,) = sdk.files.content(done.error_file_id).text.splitlines()
    assert json.loads(failed)["response"]["body"]["error"]["code"] == "model_not_found"
    for wrong in ([line("a"), "{"], [line("a"), line("a")], [{**line("a"), "url": "/v1/embeddings"}]):
        broken = sdk.batches.retrieve(start(*wrong).id)
        assert (broken.status, broken.errors.data[0].line) == ("failed", len(wrong))
    stopped = sdk.batches.cancel(start(line("a")).id)
    assert stopped.status == "cancelled"
    with pytest.raises(openai.ConflictError):
        sdk.batches.cancel(stopped.id)
    assert [batch.id for batch in sdk.batches.list(limit=2)][-1] == begun.id


def test_what_is_wrong_is_refused_in_openais_words(client):
    """A wrong key, body, model or message is refused with the status, type and code the package knows."""
    box, sdk = client()
    chat = sdk.chat.completions
    cases = [
        (openai.NotFoundError, "model_not_found", {"model": "gpt-0", "messages": HELLO}),
        (openai.NotFoundError, None, {"model": "text-embedding-3-small", "messages": HELLO}),
        (openai.BadRequestError, "empty_array", {"model": "gpt-5-mini", "messages": []}),
        (openai.BadRequestError, "invalid_value", {"model": "gpt-5-mini", "messages": [{"role": "me"}]}),
        (openai.BadRequestError, "integer_out_of_bounds", {"model": "gpt-5-mini", "messages": HELLO, "n": 0}),
        (openai.RateLimitError, "insufficient_quota", {"model": "sandbox-insufficient-quota", "messages": HELLO}),
        (openai.InternalServerError, None, {"model": "sandbox-overloaded", "messages": HELLO}),
    ]  # fmt: skip
    for kind, code, given in cases:
        with pytest.raises(kind) as caught:
            chat.create(**given)
        assert caught.value.code == code
    with pytest.raises(openai.AuthenticationError) as caught:
        sdk.with_options(api_key="sk-proj-wrong-key-1234").models.list()
    assert caught.value.code == "invalid_api_key" and "sk-proj-wrong" not in str(caught.value)
    for organization in ("", "org-of-others"):
        with pytest.raises(openai.AuthenticationError):
            sdk.models.list(extra_headers={"OpenAI-Organization": organization})
    assert not box.log(has_effect=True)


def test_the_limits_are_told_in_fields_and_kept(client):
    """Fields count down, the first request over is a 429 with Retry-After, and another model has a budget of its own."""
    _, sdk = client(limits={"openai": {"requests": 2}})
    raw = sdk.chat.completions.with_raw_response

    def ask(model="gpt-5-mini"):
        return raw.create(model=model, messages=HELLO).headers

    first, second = ask(), ask()
    assert [h["x-ratelimit-remaining-requests"] for h in (first, second)] == ["1", "0"]
    assert first["x-ratelimit-limit-requests"] == "2" and first["x-ratelimit-reset-requests"] == "30s"
    assert second["x-ratelimit-reset-requests"].endswith("s") and int(first["x-ratelimit-limit-tokens"])
    with pytest.raises(openai.RateLimitError) as caught:
        ask()
    assert caught.value.code == "rate_limit_exceeded"
    assert 1 <= int(caught.value.response.headers["retry-after"]) <= 30
    assert ask("gpt-5-nano")["x-ratelimit-remaining-requests"] == "1"


def test_tokens_have_a_limit_too(client):
    """What an answer may take counts before it is given; more than the whole budget can never be had."""
    _, sdk = client(limits={"openai": {"tokens": 100}})
    sdk.chat.completions.create(model="gpt-5-mini", messages=HELLO, max_completion_tokens=80)
    for allowed, said in ((80, "Please try again in"), (200, "Request too large")):
        with pytest.raises(openai.RateLimitError, match=said) as caught:
            sdk.chat.completions.create(model="gpt-5-mini", messages=HELLO, max_completion_tokens=allowed)
        assert caught.value.type == "tokens"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.012, "12ms"), (1.0, "1s"), (1.94, "1.94s"), (360.0, "6m0s"), (179.56, "2m59.56s"), (0.0, "0ms")],
)
def test_durations_are_written_as_go_writes_them(seconds, text):
    """12ms, 1s, 6m0s, 2m59.56s."""
    assert write_duration(seconds) == text
