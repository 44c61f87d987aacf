"""Trello's sandbox judged by py-trello, and by Penstock itself."""

from __future__ import annotations

import pytest

from penstock.errors import Invalid, NotFound, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def trello(make_box):
    """Return a sandbox and py-trello on it; its address is fixed, so its HTTP service leads elsewhere."""
    sdk = pytest.importorskip("trello")
    requests = pytest.importorskip("requests")

    def make(token=None, **options):
        box = make_box(names=["trello"], **options)
        credential = box.credential("trello")

        class Elsewhere(requests.Session):
            def request(self, method, url, **more):
                return super().request(
                    method, url.replace("https://api.trello.com/1", box.base_url("trello")), **more
                )

        client = sdk.TrelloClient(credential["key"], token or credential["token"], http_service=Elsewhere())
        return box, client

    return make


def test_boards_lists_and_cards_are_made_and_read(trello):
    """A board with its lists, cards over three pages, a comment; a card is changed, closed and deleted."""
    box, client = trello()
    board = client.add_board("Launch", default_lists=False)
    place = board.add_list("To Do")
    cards = [place.add_card(f"Card {n}", desc="some") for n in range(7)]
    assert [one.name for one in client.list_boards()] == ["Launch"] and len(cards[0].id) == 24
    names = [card.name for card in place.list_cards_iter(batch=3)]
    assert sorted(names) == [f"Card {n}" for n in range(7)]
    asked = [entry for entry in box.log() if entry["path"].endswith("/cards") and entry["method"] == "GET"]
    assert len(asked) >= 3
    cards[0].comment("Looking good")
    assert client.get_card(cards[0].id).badges["comments"] == 1
    cards[1].set_closed(True)
    cards[2].delete()
    assert len(place.list_cards()) == 5 and len(board.closed_cards()) == 1
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds[0] == "boards.create" and kinds[-1] == "cards.delete"


def test_its_client_sees_trellos_refusals(trello):
    """Bare text for what is wrong or not there; its own class for a wrong token; a refusal for rate says which."""
    sdk = pytest.importorskip("trello.exceptions")
    box, client = trello()
    for id, said in (("0" * 24, "was not found"), ("nonsense!", "invalid id")):
        with pytest.raises(sdk.ResourceUnavailable, match=said):
            client.get_board(id)
    with pytest.raises(sdk.Unauthorized, match="invalid token"):
        trello(token="ATTAstranger")[1].list_boards()
    box.set_faults({"script": [{"match": "GET /trello/1/members/*", "fault": "429"}]})
    with pytest.raises(sdk.ResourceUnavailable, match="API_TOKEN_LIMIT_EXCEEDED") as caught:
        client.list_boards()
    assert caught.value._status == 429
    assert client.list_boards() == []


def test_what_is_below_members_has_a_limit_of_its_own(trello):
    """With two calls in 15 minutes allowed there the third is refused, while boards can still be asked for."""
    sdk = pytest.importorskip("trello.exceptions")
    _, client = trello(limits={"trello": {"requests_per_900s_2": 2}})
    board = client.add_board("Launch")
    client.list_boards()
    client.list_boards()
    with pytest.raises(sdk.ResourceUnavailable):
        client.list_boards()
    assert client.get_board(board.id).name == "Launch"


def test_penstock_makes_reads_and_walks_pages(workbench):
    """Cards come back whole over pages of two; refusals are told in words; a wrong token asks for a sign-in."""
    trello = workbench.connect("trello", sandbox=True)
    board = trello.boards.create(name="Launch")["id"]
    place = trello.boards.lists(board)[0]["id"]
    made = [trello.cards.create(idList=place, name=f"Card {n}", idLabels=["a", "b"])["id"] for n in range(5)]
    assert trello.cards.get(made[0])["idLabels"] == ["a", "b"]
    checklist = trello.checklists.create(idCard=made[0], name="Steps")["id"]
    item = trello.checklists.add_item(checklist, name="one")["id"]
    assert trello.checklists.update_item(made[0], item, state="complete")["state"] == "complete"
    frame = trello.boards.cards.frame(id=board, limit=2)
    assert sorted(frame["name"]) == [f"Card {n}" for n in range(5)]
    assert len(list(trello.boards.actions.all(id=board, limit=2))) == 5
    with pytest.raises(NotFound, match="cannot see it"):
        trello.cards.get("0" * 24)
    with pytest.raises(Invalid, match="invalid value for idList"):
        trello.cards.create(idList="nonsense!", name="a")
    credential = {"key": Secret("0" * 32), "token": Secret("ATTAstranger")}
    stranger = workbench.connect("trello", credential=credential, base_url=trello.client.base_url)
    with pytest.raises(SignInNeeded):
        stranger.members.me()
