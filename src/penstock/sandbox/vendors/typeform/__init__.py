"""Typeform as the sandbox plays it: a workspace, its forms, and responses that a form has from the start.

Sources: the pages named in integrations/typeform.py; the typeform package's reading of answers. Nobody fills a form in here, so
each new form has five responses already; a list of them goes backwards from the newest by their tokens.
"""

from __future__ import annotations

from penstock.integrations.typeform import integration
from penstock.sandbox.rest.shape import Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.state import Record
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.typeform import forms, responses
from penstock.sandbox.vendors.typeform.forms import WORKSPACE
from penstock.sandbox.wire import Answer, Json, json_answer


def open_vendor(setup: Setup) -> Vendor:
    """Return Typeform."""
    return RestVendor(setup, integration, SHAPE)


def seed(turn: Turn) -> None:
    """Give a new account its workspace and a theme."""
    turn.table("workspaces").add(WORKSPACE, _workspace(turn, WORKSPACE, "My workspace", is_default=True))
    turn.table("themes").add(
        "qHWOQ7", {"id": "qHWOQ7", "name": "Default theme", "visibility": "public", "font": "Karla"}
    )


def _workspace(turn: Turn, id: str, name: str, *, is_default: bool) -> Record:
    forms = {"count": 0, "href": f"{turn.request.base}/forms?workspace_id={id}"}
    here = {"href": f"{turn.request.base}/workspaces/{id}"}
    return {"id": id, "name": name, "default": is_default, "shared": False, "forms": forms, "self": here}


def create_workspace(turn: Turn) -> Answer:
    """Make a workspace."""
    if not turn.fields.get("name"):
        raise turn.refuse("invalid", "name")
    id = turn.ids.text(6)
    made = turn.table("workspaces").add(id, _workspace(turn, id, str(turn.fields["name"]), is_default=False))
    turn.change("workspaces.create", id, made)
    return json_answer(201, made)


def create_image(turn: Turn) -> Answer:
    """Keep an image, of bytes in base64 or from an address."""
    if not (turn.fields.get("image") or turn.fields.get("url")):
        raise turn.refuse("invalid", "image")
    id, name = turn.ids.text(12), str(turn.fields.get("file_name") or "image.png")
    made = {
        "id": id,
        "src": f"https://images.typeform.com/images/{id}",
        "file_name": name,
        "width": 1,
        "height": 1,
    }
    turn.table("images").add(id, made)
    turn.change("images.create", id, {"title": name})
    return json_answer(201, made)


def _finish_list(turn: Turn, body: Json) -> Json:
    collection = "forms" if turn.collection == "forms" else turn.collection
    total = len(turn.table(collection)) if not turn.query.get("search") else len(body["items"])
    return {"total_items": total, **body}


def list_images(turn: Turn) -> Json:
    """List the images there are."""
    return list(turn.table("images"))


SHAPE = Shape(
    key="tfp_sandbox_{name}",
    page=_finish_list,
    page_size=10,
    refusals={
        "unauthorized": (
            401,
            "AUTHENTICATION_FAILED",
            "Authentication credentials not found on the Request Headers",
        ),
        "not_found": (404, "NOT_FOUND", "Non existing resource with id {what}"),
        "no_route": (404, "NOT_FOUND", "Not found"),
        "invalid": (400, "VALIDATION_ERROR", "{what} is missing or not valid"),
        "throttled": (429, "TOO_MANY_REQUESTS", "Request limit exceeded"),
        "failed": (500, "INTERNAL_SERVER_ERROR", "Something went wrong"),
    },
    seed=seed,
    keeps=("title", "name", "url"),
    handlers={
        "me.get": lambda turn: {
            "alias": "Ada",
            "email": "ada@sandbox.example",
            "language": "en",
            "user_id": "01SANDBOX",
        },
        "forms.list": forms.list_forms,
        "forms.get": forms.find_form,
        "forms.create": forms.create_form,
        "forms.update": forms.replace_form,
        "forms.patch": forms.patch_form,
        "forms.delete": forms.delete_form,
        "responses.list": responses.list_responses,
        "responses.delete": responses.delete_responses,
        "responses.file": responses.get_file,
        "insights.get": responses.get_insights,
        "webhooks.list": lambda turn: {"items": list(turn.table("webhooks", forms.find_form(turn)["id"]))},
        "webhooks.get": forms.get_webhook,
        "webhooks.upsert": forms.put_webhook,
        "webhooks.delete": forms.delete_webhook,
        "workspaces.create": create_workspace,
        "images.list": list_images,
        "images.create": create_image,
    },
)
