"""What is made on Trello: boards with their lists, cards, and what is put on a card."""

from __future__ import annotations

from typing import Any

from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.trello.records import keep, new_id, note, read_given, refuse, seek, write
from penstock.sandbox.wire import Json

_LIST_NAMES = ("To Do", "Doing", "Done")


def create_board(turn: Turn) -> Json:
    """Keep a new board, with the three usual lists unless they are not wanted."""
    given = read_given(turn)
    if not given.get("name"):
        raise refuse(turn, "invalid value for name")
    id = new_id(turn)
    board = {
        "id": id, "name": given["name"], "desc": given.get("desc") or "", "closed": False, "shortLink": id[-8:],
        "idOrganization": given.get("idOrganization"), "url": f"https://trello.com/b/{id[-8:]}", "prefs": {},
    }  # fmt: skip
    keep(turn, "boards", board)
    for name in _LIST_NAMES if given.get("defaultLists", True) else ():
        _add_list(turn, id, name)
    return board


def _add_list(turn: Turn, board: str, name: str) -> Record:
    number = 1 + sum(one["idBoard"] == board for one in turn.table("lists"))
    record = {
        "id": new_id(turn),
        "name": name,
        "closed": False,
        "idBoard": board,
        "pos": 16_384 * number,
        "subscribed": False,
    }
    return turn.table("lists").add(record["id"], record)


def create_list(turn: Turn) -> Json:
    """Keep a new list on a board."""
    given = read_given(turn)
    if not given.get("name"):
        raise refuse(turn, "invalid value for name")
    record = _add_list(
        turn, seek(turn, "boards", given.get("idBoard"), "value for idBoard")["id"], given["name"]
    )
    turn.change("lists.create", record["id"], record)
    return record


def create_card(turn: Turn) -> Json:
    """Keep a new card in a list."""
    given = read_given(turn)
    place = seek(turn, "lists", given.get("idList"), "value for idList")
    id = new_id(turn)
    card = {
        "id": id, "name": given.get("name") or "", "desc": given.get("desc") or "", "closed": False, "idList": place["id"],
        "idBoard": place["idBoard"], "due": None, "dueComplete": False, "start": None, "pos": 16_384, "idMembers": [],
        "idLabels": [], "labels": [], "idChecklists": [], "badges": {"comments": 0, "checkItems": 0, "attachments": 0},
        "idShort": turn.ids.next("card"), "shortLink": id[-8:], "url": f"https://trello.com/c/{id[-8:]}",
        "shortUrl": f"https://trello.com/c/{id[-8:]}", "customFieldItems": [],
    }  # fmt: skip
    write(turn, card, given)
    keep(turn, "cards", card)
    note(turn, "createCard", card["idBoard"], card)
    return card


def comment(turn: Turn) -> Json:
    """Put a comment on a card, change it, or take it away."""
    card = seek(turn, "cards", turn.values["id"])
    if "idAction" not in turn.values:
        if not read_given(turn).get("text"):
            raise refuse(turn, "invalid value for text")
        action = note(turn, "commentCard", card["idBoard"], card, text=read_given(turn)["text"])
        card["badges"]["comments"] += 1
        turn.change("comments.create", action["id"], action["data"])
        return action
    action = seek(turn, "actions", turn.values["idAction"])
    if turn.request.method == "DELETE":
        turn.table("actions").remove(action["id"])
        card["badges"]["comments"] -= 1
        turn.change("comments.delete", action["id"])
        return {"_value": None}
    action["data"]["text"] = read_given(turn).get("text")
    turn.change("comments.update", action["id"], action["data"])
    return action


def attach(turn: Turn) -> Json:
    """Put an attachment on a card, or return those there are."""
    card = seek(turn, "cards", turn.values["id"])
    attachments = turn.table("attachments", card["id"])
    if turn.request.method == "GET":
        return list(attachments)
    given = read_given(turn)
    file: Any = given.get("file")
    filename = file.get("filename") if isinstance(file, dict) else None
    if not given.get("url") and file is None:
        raise refuse(turn, "Must provide either url or file")
    record: Record = {
        "id": new_id(turn),
        "url": given.get("url"),
        "name": given.get("name") or filename or given.get("url"),
    }
    card["badges"]["attachments"] += 1
    turn.change("attachments.create", record["id"], attachments.add(record["id"], record))
    return record


def label(turn: Turn) -> Json:
    """Put a label on a card or take it off."""
    card = seek(turn, "cards", turn.values["id"])
    one = turn.values.get("idLabel") or str(read_given(turn).get("value"))
    others = [other for other in card["idLabels"] if other != one]
    card["idLabels"] = others if turn.request.method == "DELETE" else [*others, one]
    turn.change("cards.update", card["id"], card)
    return card["idLabels"]


def create_checklist(turn: Turn) -> Json:
    """Keep a new checklist on a card."""
    given = read_given(turn)
    card = seek(turn, "cards", given.get("idCard"), "value for idCard")
    record = {
        "id": new_id(turn), "name": given.get("name") or "Checklist", "idCard": card["id"], "idBoard": card["idBoard"],
        "pos": 16_384, "checkItems": [],
    }  # fmt: skip
    card["idChecklists"].append(record["id"])
    return keep(turn, "checklists", record)


def add_item(turn: Turn) -> Json:
    """Put an item on a checklist."""
    checklist, given = seek(turn, "checklists", turn.values["id"]), read_given(turn)
    if not given.get("name"):
        raise refuse(turn, "invalid value for name")
    state = "complete" if given.get("checked") else "incomplete"
    item = {
        "id": new_id(turn),
        "idChecklist": checklist["id"],
        "name": given["name"],
        "state": state,
        "pos": 16_384,
    }
    checklist["checkItems"].append(item)
    turn.change("check_items.create", item["id"], item)
    return item


def change_item(turn: Turn) -> Json:
    """Check an item, or give it another name."""
    card = seek(turn, "cards", turn.values["id"])
    items = [i for c in turn.table("checklists") if c["idCard"] == card["id"] for i in c["checkItems"]]
    item = next((one for one in items if one["id"] == turn.values["idCheckItem"]), None)
    if item is None:
        raise turn.refuse("not_found")
    item |= {name: value for name, value in read_given(turn).items() if name in ("name", "state", "due")}
    turn.change("check_items.update", item["id"], item)
    return item


def search(turn: Turn) -> Json:
    """Return the cards and boards whose name has the words."""
    words = turn.query.get("query", "").lower()
    found = {
        kind: [r for r in turn.table(kind) if words and words in f"{r['name']} {r['desc']}".lower()]
        for kind in ("boards", "cards")
    }
    return {"options": {"terms": [{"text": words}]}, **found}


def create_webhook(turn: Turn) -> Json:
    """Keep a webhook; nothing is ever delivered."""
    given = read_given(turn)
    if not given.get("callbackURL") or not given.get("idModel"):
        raise refuse(
            turn,
            "invalid value for callbackURL" if not given.get("callbackURL") else "invalid value for idModel",
        )
    return keep(turn, "webhooks", {"id": new_id(turn), "active": True, "consecutiveFailures": 0, **given})
