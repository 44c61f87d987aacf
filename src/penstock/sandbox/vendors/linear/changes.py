"""Linear's mutations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penstock.sandbox.rest.graph import Args, GraphTurn
from penstock.sandbox.state import Record
from penstock.sandbox.vendors.linear.world import add, change_issue, find, make_issue, make_project, refuse

Resolver = Callable[[GraphTurn, Any, Args], Any]
MOST_AT_ONCE = 50


def _create_issue(turn: GraphTurn, source: Any, args: Args) -> Record:
    issue = make_issue(turn, args["input"])
    turn.change("issues.create", issue["id"], title=issue["title"])
    return {"success": True, "issue": issue}


def _create_issues(turn: GraphTurn, source: Any, args: Args) -> Record:
    """Make all of them or none: each is looked at before the first is kept."""
    given = args["input"]["issues"]
    if not 0 < len(given) <= MOST_AT_ONCE:
        raise refuse(f"issues must contain 1 to {MOST_AT_ONCE} elements")
    for one in given:
        find(turn, "Team", one["teamId"])
        if not one.get("title"):
            raise refuse("title should not be empty")
    made = [make_issue(turn, one) for one in given]
    for issue in made:
        turn.change("issues.create", issue["id"], title=issue["title"])
    return {"success": True, "issues": made}


def _update_issue(turn: GraphTurn, source: Any, args: Args) -> Record:
    issue = find(turn, "Issue", args["id"])
    change_issue(turn, issue, dict(args["input"]))
    turn.change("issues.update", issue["id"], title=issue["title"])
    return {"success": True, "issue": issue}


def _update_issues(turn: GraphTurn, source: Any, args: Args) -> Record:
    issues = [find(turn, "Issue", id) for id in args["ids"]]
    for issue in issues:
        change_issue(turn, issue, dict(args["input"]))
        turn.change("issues.update", issue["id"], title=issue["title"])
    return {"success": True, "issues": issues}


def _archive(kind: str) -> Resolver:
    def resolve(turn: GraphTurn, source: Any, args: Args) -> Record:
        issue = find(turn, "Issue", args["id"])
        issue["archivedAt"] = turn.now
        if args.get("permanentlyDelete"):
            turn.table("Issue").remove(issue["id"])
        turn.change(f"issues.{kind}", issue["id"])
        return {"success": True, "entity": issue}

    return resolve


def _label(turn: GraphTurn, source: Any, args: Args) -> Record:
    issue, label = find(turn, "Issue", args["id"]), find(turn, "IssueLabel", args["labelId"])
    change_issue(turn, issue, {"addedLabelIds": [label["id"]]})
    turn.change("issues.add_label", issue["id"])
    return {"success": True, "issue": issue}


def _comment(turn: GraphTurn, source: Any, args: Args) -> Record:
    given = args["input"]
    if given.get("issueId"):
        issue = find(turn, "Issue", given["issueId"])
        given = given | {"issueId": issue["id"], "url": f"{issue['url']}#comment"}
    comment = add(
        turn, "Comment", {"url": "https://linear.app/sandbox", **given, "userId": turn.store.notes["viewer"]}
    )
    turn.change("comments.create", comment["id"], body=given.get("body"))
    return {"success": True, "comment": comment}


def _attach(turn: GraphTurn, source: Any, args: Args) -> Record:
    """Keep a link of an issue; the same address on the same issue is the same attachment."""
    given = dict(args.get("input") or args)
    issue = find(turn, "Issue", given["issueId"])
    known = next(
        (a for a in turn.table("Attachment") if (a["issue"], a["url"]) == (issue["id"], given["url"])), None
    )
    usual = {"title": given["url"], "subtitle": None, "metadata": {}}
    fields = (
        usual | {name: value for name, value in given.items() if value is not None} | {"issue": issue["id"]}
    )
    if known is None:
        known = add(turn, "Attachment", fields)
    else:
        known.update(fields | {"id": known["id"]})
    turn.change("attachments.create", known["id"], url=given["url"])
    return {"success": True, "attachment": known}


def _create_project(turn: GraphTurn, source: Any, args: Args) -> Record:
    for team in args["input"]["teamIds"]:
        find(turn, "Team", team)
    project = add(turn, "Project", make_project(turn, args["input"]))
    turn.change("projects.create", project["id"], name=project["name"])
    return {"success": True, "project": project}


def _update_project(turn: GraphTurn, source: Any, args: Args) -> Record:
    project = find(turn, "Project", args["id"])
    project.update(args["input"], updatedAt=turn.now)
    turn.change("projects.update", project["id"], name=project["name"])
    return {"success": True, "project": project}


def _make(kind: str, field: str, group: str, usual: Record) -> Resolver:
    def resolve(turn: GraphTurn, source: Any, args: Args) -> Record:
        record = add(turn, kind, usual | {"slugId": turn.ids.text(12)} | args["input"])
        turn.change(f"{group}.create", record["id"], name=record.get("name") or record.get("title"))
        return {"success": True, field: record}

    return resolve


RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Mutation", "issueCreate"): _create_issue,
    ("Mutation", "issueBatchCreate"): _create_issues,
    ("Mutation", "issueUpdate"): _update_issue,
    ("Mutation", "issueBatchUpdate"): _update_issues,
    ("Mutation", "issueDelete"): _archive("delete"),
    ("Mutation", "issueArchive"): _archive("archive"),
    ("Mutation", "issueAddLabel"): _label,
    ("Mutation", "commentCreate"): _comment,
    ("Mutation", "attachmentCreate"): _attach,
    ("Mutation", "attachmentLinkURL"): _attach,
    ("Mutation", "projectCreate"): _create_project,
    ("Mutation", "projectUpdate"): _update_project,
    ("Mutation", "issueLabelCreate"): _make(
        "IssueLabel", "issueLabel", "labels", {"color": "#bec2c8", "isGroup": False}
    ),
    ("Mutation", "documentCreate"): _make(
        "Document", "document", "documents", {"url": "https://linear.app/sandbox/document"}
    ),
    ("Mutation", "webhookCreate"): _make("Webhook", "webhook", "webhooks", {"enabled": True}),
}
