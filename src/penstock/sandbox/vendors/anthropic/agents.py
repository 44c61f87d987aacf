"""Managed agents, their sessions and events, and skills: kept and listed; an agent answers every message at once."""

from __future__ import annotations

from penstock.sandbox.rest.paging import answer_rows
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.state import ALNUM, Record
from penstock.sandbox.vendors.anthropic.messages import read_text
from penstock.sandbox.wire import Answer, Json, iso_time


def _keep(turn: Turn, collection: str, prefix: str, record: Record) -> Record:
    now = iso_time(turn.now)
    made = {"id": f"{prefix}_01{turn.ids.text(22, ALNUM)}", **record, "created_at": now, "updated_at": now}
    turn.table(collection).add(made["id"], made)
    turn.change(f"{collection}.create", made["id"], made)
    return made


def create_agent(turn: Turn) -> Json:
    """Make an agent."""
    for name in ("name", "model"):
        if not turn.fields.get(name):
            raise turn.refuse("invalid", name)
    model = turn.fields["model"]
    fields = {
        "description": None, "system": None, "tools": [], "mcp_servers": [], "skills": [], "metadata": {}, **turn.fields,
        "model": {"id": model} if isinstance(model, str) else model,
    }  # fmt: skip
    return _keep(turn, "agents", "agent", {"type": "agent", "version": 1, "archived_at": None, **fields})


def create_session(turn: Turn) -> Json:
    """Open a session of an agent there is."""
    if not turn.fields.get("environment_id"):
        raise turn.refuse("invalid", "environment_id")
    given = turn.fields.get("agent")
    id = given if isinstance(given, str) else given.get("id") if isinstance(given, dict) else None
    agent = turn.table("agents").get(str(id))
    if agent is None:
        raise turn.refuse("not_found" if id else "invalid", f"agent: {id}" if id else "agent")
    fields = {"title": None, "metadata": {}, "resources": [], "vault_ids": [], **turn.fields, "agent": agent}
    return _keep(
        turn, "sessions", "session", {"type": "session", "status": "idle", "archived_at": None, **fields}
    )


def get_session(turn: Turn) -> Json:
    """Return a session."""
    record = turn.table("sessions").get(turn.values["session_id"])
    if record is None:
        raise turn.refuse("not_found", f"session {turn.values['session_id']}")
    return record


def send_events(turn: Turn) -> Json:
    """Take events in; what a user says is answered by the agent, and then the session is idle again."""
    session = get_session(turn)
    given = turn.fields.get("events")
    if not isinstance(given, list) or not given:
        raise turn.refuse("invalid", "events")
    kept = [_note(turn, session, event) for event in given]
    for event in given:
        if event.get("type") == "user.message":
            text = f"You said: {read_text(event.get('content'))}"
            _note(turn, session, {"type": "agent.message", "content": [{"type": "text", "text": text}]})
    _note(turn, session, {"type": "session.status_idle", "stop_reason": {"type": "end_turn"}})
    turn.change("sessions.send_events", session["id"])
    return {"data": kept}


def _note(turn: Turn, session: Record, event: Record) -> Record:
    made = {"id": f"sevt_01{turn.ids.text(22, ALNUM)}", **event, "processed_at": iso_time(turn.now)}
    turn.table("events", session["id"]).add(made["id"], made)
    return made


def list_events(turn: Turn) -> Answer:
    """List what happened in a session."""
    rows = list(turn.table("events", get_session(turn)["id"]))
    return answer_rows(turn, rows[::-1] if turn.query.get("order") == "desc" else rows)


def create_skill(turn: Turn) -> Json:
    """Take a skill's files in."""
    body = turn.body if isinstance(turn.body, dict) else {}
    if not any(name.startswith("files") for name in body):
        raise turn.refuse("invalid", "files")
    fields = {
        "display_name": body.get("display_name"),
        "source": "custom",
        "latest_version": str(int(turn.now * 1e6)),
    }
    return _keep(turn, "skills", "skill", {"type": "skill", **fields})
