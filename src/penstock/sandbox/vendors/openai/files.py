"""Files: uploaded as forms in parts (multipart), listed, read, deleted."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP

from penstock.sandbox.state import Record
from penstock.sandbox.vendors.openai.world import Refusal, Turn, missing, wrong_value
from penstock.sandbox.wire import Answer, Json

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")


def upload(turn: Turn) -> Json:
    """Keep the file of a form."""
    parts = _read_form(turn)
    for name in ("file", "purpose"):
        if name not in parts:
            raise missing(name)
    content, filename = parts["file"]
    purpose = parts["purpose"][0].decode(errors="replace")
    if purpose not in PURPOSES:
        raise wrong_value("purpose", purpose, PURPOSES)
    record = turn.world.add_file(content, filename or "file", purpose, turn.at)
    turn.changed("files.upload", record["id"], filename=record["filename"], purpose=purpose)
    return record


def _read_form(turn: Turn) -> dict[str, tuple[bytes, str | None]]:
    """Return name → (bytes, file name). Raises Refusal where the body is no form in parts."""
    kind = turn.request.headers.get("Content-Type", "")
    if not kind.startswith("multipart/form-data"):
        raise Refusal(415, f"Unsupported content type: {kind!r}. Use multipart/form-data.")
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace") + turn.request.body
    )
    parts: dict[str, tuple[bytes, str | None]] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            parts[name] = (content, part.get_filename())
    return parts


def listed(turn: Turn) -> Json:
    """Return a page of files."""
    purpose = turn.query.get("purpose")
    where = ("purpose", purpose) if purpose else None
    return turn.page(turn.world.files, most=10_000, default=10_000, where=where)


def get(turn: Turn) -> Json:
    """Return a file's record."""
    return _find(turn)


def content(turn: Turn) -> Answer:
    """Return a file's bytes."""
    record = _find(turn)
    headers = [
        ("Content-Type", "application/octet-stream"),
        ("Content-Disposition", f'attachment; filename="{record["id"]}"'),
    ]
    return Answer(200, turn.world.contents[record["id"]], headers)


def delete(turn: Turn) -> Json:
    """Forget a file."""
    id = _find(turn)["id"]
    turn.world.files.remove(id)
    del turn.world.contents[id]
    turn.changed("files.delete", id)
    return {"id": id, "object": "file", "deleted": True}


def _find(turn: Turn) -> Record:
    id = turn.values["file_id"]
    found = turn.world.files.get(id)
    if found is None:
        raise Refusal(404, f"No such File object: {id}", param="id")
    return found


ROUTES = {
    "GET /v1/files": listed,
    "POST /v1/files": upload,
    "GET /v1/files/{file_id}": get,
    "GET /v1/files/{file_id}/content": content,
    "DELETE /v1/files/{file_id}": delete,
}
