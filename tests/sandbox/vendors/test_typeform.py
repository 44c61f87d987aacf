"""Typeform's sandbox judged by Typeform's own (archived) package, and used through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import NotFound, SignInNeeded
from penstock.redact import Secret

QUESTIONS = [{"type": "short_text", "title": "Who?", "ref": "who"}]


@pytest.fixture
def client(make_box: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """Return a sandbox, and the package's client of it."""
    typeform = pytest.importorskip("typeform")
    box = make_box(names=["typeform"])
    monkeypatch.setattr("typeform.client.API_BASE_URL", box.base_url("typeform"))
    return box, typeform.Typeform(box.credential("typeform")["token"])


def test_forms_are_made_read_changed_listed_over_pages_and_deleted(client: Any) -> None:
    """Seven forms are three pages of three, the newest first; one is patched, replaced, and deleted."""
    box, typeform = client
    made = [typeform.forms.create({"title": f"Form {n}", "fields": QUESTIONS})["id"] for n in range(7)]
    pages = [typeform.forms.list(page=page, pageSize=3) for page in (1, 2, 3)]
    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert {(page["total_items"], page["page_count"]) for page in pages} == {(7, 3)}
    assert [one["id"] for page in pages for one in page["items"]] == made[::-1]
    change = [{"op": "replace", "path": "/title", "value": "New"}]
    assert typeform.forms.update(made[0], patch=True, data=change) == "OK"
    assert typeform.forms.get(made[0])["title"] == "New" and typeform.forms.get(made[0])["fields"][0]["id"]
    assert typeform.forms.update(made[0], data={"title": "Bare"})["fields"] == []
    assert typeform.forms.delete(made[0]) == "OK"
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["forms.create"] * 7 + ["forms.patch", "forms.update", "forms.delete"]


def test_responses_go_backwards_by_their_tokens(client: Any) -> None:
    """Five responses are read in pages of two from the newest on, none twice; one that is deleted is gone."""
    _, typeform = client
    form = typeform.forms.create({"title": "Lunch", "fields": QUESTIONS})["id"]
    tokens: list[str] = []
    while True:
        page = typeform.responses.list(form, pageSize=2, before=tokens[-1] if tokens else None)["items"]
        if not page:
            break
        tokens += [one["token"] for one in page]
    assert len(set(tokens)) == len(tokens) == 5
    assert typeform.responses.delete(form, tokens[0]) == "OK"
    assert typeform.responses.list(form)["total_items"] == 4


def test_refusals_come_with_their_words(client: Any) -> None:
    """No such form, a form without a title, a refusal for rate and a wrong token are told in Typeform's words."""
    box, typeform = client
    for call, words in (
        (lambda: typeform.forms.get("nothing"), "Non existing resource"),
        (lambda: typeform.forms.create({"fields": QUESTIONS}), "title is missing"),
    ):
        with pytest.raises(Exception, match=words):
            call()
    box.set_faults({"script": [{"match": "GET *", "fault": "429", "times": 1}]})
    with pytest.raises(Exception, match="Request limit exceeded"):
        typeform.forms.list()
    box.set_faults({"revoke": "typeform"})
    with pytest.raises(Exception, match="credentials not found"):
        typeform.forms.list()


def test_two_calls_a_second_pass(make_box: Any, call: Any) -> None:
    """The third within a second is refused, and nothing says for how long."""
    box = make_box(names=["typeform"], limits={"typeform": 2})
    url, key = f"{box.base_url('typeform')}/me", box.credential("typeform")["token"]
    answers = [call(url, Authorization=f"Bearer {key}") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert "retry-after" not in answers[2].headers


def test_penstock_makes_reads_and_lists(workbench: Any, make_box: Any) -> None:
    """A form and its webhook are made; responses come over pages; wrong ids and keys are told apart."""
    box = make_box(names=["typeform"])
    typeform = workbench.connect("typeform", sandbox=box, limit=())
    made = [typeform.forms.create(title=f"Form {n}", fields=QUESTIONS)["id"] for n in range(5)]
    assert list(typeform.forms.list.frame(page_size=2)["id"]) == made[::-1]
    assert len(typeform.responses.list.frame(form_id=made[0], page_size=2)) == 5
    for _ in range(2):
        hook = typeform.webhooks.upsert(
            form_id=made[0], tag="orders", url="https://example.com", secret="s3cr3t"
        )
    assert typeform.webhooks.list(form_id=made[0])["items"] == [hook.data]
    changes = [{"op": "replace", "path": "/title", "value": "New"}]
    assert typeform.forms.patch(form_id=made[0], changes=changes).status == 204
    assert typeform.images.create(image=b"\x89PNG", file_name="a.png")["file_name"] == "a.png"
    assert typeform.workspaces.list.frame()["default"][0]
    with pytest.raises(NotFound) as caught:
        typeform.forms.get(form_id="nothing")
    assert caught.value.hint
    stranger = workbench.connect(
        "typeform", credential={"token": Secret("nobody")}, base_url=box.base_url("typeform")
    )
    with pytest.raises(SignInNeeded):
        stranger.me.get()
