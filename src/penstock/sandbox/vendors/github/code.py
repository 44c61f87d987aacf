"""GitHub's files and history: contents, commits, branches, references."""

from __future__ import annotations

import base64
import binascii
import hashlib

from penstock.sandbox.vendors.github import shapes
from penstock.sandbox.vendors.github.world import Branch, Refusal, Repository, Turn, not_found
from penstock.sandbox.wire import Json


def blob_sha(content: bytes) -> str:
    """Return a file's id, as git counts it."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def get_contents(turn: Turn) -> Json:
    """Answer a file with its content, or a folder as a list."""
    repo = turn.repository()
    branch = repo.branch(turn.query.get("ref"))
    path = turn.values.get("path", "").strip("/")
    if path in branch.files:
        return _file(turn, repo, branch, path, has_content=True)
    prefix = f"{path}/" if path else ""
    names = sorted({name[len(prefix) :].split("/")[0] for name in branch.files if name.startswith(prefix)})
    if not names and path:
        raise not_found()
    return [_entry(turn, repo, branch, prefix + name) for name in names]


def get_readme(turn: Turn) -> Json:
    repo = turn.repository()
    branch = repo.branch(turn.query.get("ref"))
    if "README.md" not in branch.files:
        raise not_found()
    return _file(turn, repo, branch, "README.md", has_content=True)


def put_contents(turn: Turn) -> Json:
    """Make or change a file: a change needs the sha of what it replaces."""
    repo, path = turn.repository(), turn.values["path"].strip("/")
    turn.need("message")
    if "content" not in turn.given:
        raise Refusal(422, 'Invalid request.\n\n"content" wasn\'t supplied.')
    try:
        content = base64.b64decode(str(turn.given["content"]).replace("\n", ""), validate=True)
    except (ValueError, binascii.Error):
        raise Refusal(422, "content is not valid Base64") from None
    branch = _own_branch(turn, repo)
    is_new = path not in branch.files
    _check_sha(turn, branch, path, is_new=is_new)
    commit = turn.world.commit(
        repo, branch.name, str(turn.given["message"]), {path: content}, turn.request.at
    )
    turn.changed("contents.put", path, repository=repo.full_name, branch=branch.name, sha=commit["sha"])
    turn.status = 201 if is_new else 200
    return {"content": _file(turn, repo, branch, path), "commit": _commit(turn, repo, commit["sha"])}


def delete_contents(turn: Turn) -> Json:
    repo, path = turn.repository(), turn.values["path"].strip("/")
    given = {**turn.query, **turn.given}
    turn.given = given
    turn.need("message", "sha")
    branch = _own_branch(turn, repo)
    if path not in branch.files:
        raise not_found()
    _check_sha(turn, branch, path, is_new=False)
    commit = turn.world.commit(repo, branch.name, str(given["message"]), {path: None}, turn.request.at)
    turn.changed("contents.delete", path, repository=repo.full_name, branch=branch.name, sha=commit["sha"])
    return {"content": None, "commit": _commit(turn, repo, commit["sha"])}


def _own_branch(turn: Turn, repo: Repository) -> Branch:
    name = turn.given.get("branch")
    if name is not None and name not in repo.branches:
        raise Refusal(404, f"Branch {name} not found")
    return repo.branch(name)


def _check_sha(turn: Turn, branch: Branch, path: str, *, is_new: bool) -> None:
    given = turn.given.get("sha")
    if is_new:
        return
    if not given:
        raise Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    known = blob_sha(branch.files[path])
    if given != known:
        raise Refusal(409, f"{path} does not match {given}")


def _file(turn: Turn, repo: Repository, branch: Branch, path: str, *, has_content: bool = False) -> Json:
    content = branch.files[path]
    shown = _described(turn, repo, branch, path, "file", blob_sha(content), len(content))
    if has_content:
        shown |= {"content": base64.encodebytes(content).decode(), "encoding": "base64"}
    return shown


def _entry(turn: Turn, repo: Repository, branch: Branch, path: str) -> Json:
    if path in branch.files:
        return _file(turn, repo, branch, path)
    return _described(turn, repo, branch, path, "dir", turn.world.sha("tree", branch.name, path), 0)


def _described(
    turn: Turn, repo: Repository, branch: Branch, path: str, type: str, sha: str, size: int
) -> dict[str, Json]:
    root, site = f"{turn.base}/repos/{repo.full_name}", f"{shapes.SITE}/{repo.full_name}"
    url = f"{root}/contents/{path}?ref={branch.name}"
    git = f"{root}/git/{'blobs' if type == 'file' else 'trees'}/{sha}"
    html = f"{site}/{'blob' if type == 'file' else 'tree'}/{branch.name}/{path}"
    raw = (
        f"https://raw.githubusercontent.com/{repo.full_name}/{branch.name}/{path}" if type == "file" else None
    )
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "html_url": html,
        "git_url": git,
        "download_url": raw,
        "type": type,
        "_links": {"self": url, "git": git, "html": html},
    }


def _commit(turn: Turn, repo: Repository, sha: str) -> Json:
    shown = shapes.commit(turn.base, turn.world, repo, repo.commits[sha])
    flat = {**shown["commit"], "sha": sha, "node_id": shown["node_id"], "html_url": shown["html_url"]}
    return {**flat, "parents": shown["parents"]}


def list_commits(turn: Turn) -> Json:
    """List a branch's history, newest first."""
    repo = turn.repository()
    wanted = turn.query.get("sha")
    if wanted in repo.commits:
        branch = next(b for b in repo.branches.values() if wanted in b.commits)
        history = branch.commits[: branch.commits.index(wanted or "") + 1]
    else:
        history = repo.branch(wanted).commits
    shas = history[::-1]
    path = turn.query.get("path")
    if path:
        shas = [sha for sha in shas if path in repo.commits[sha]["paths"]]
    return turn.page_of(shas, lambda sha: shapes.commit(turn.base, turn.world, repo, repo.commits[sha]))


def get_commit(turn: Turn) -> Json:
    repo = turn.repository()
    wanted = turn.values["sha"]
    sha = repo.branches[wanted].commits[-1] if wanted in repo.branches else wanted
    record = repo.commits.get(sha)
    if record is None:
        raise Refusal(422, f"No commit found for SHA: {wanted}")
    files = [{"filename": path, "status": "modified"} for path in record["paths"]]
    return {**shapes.commit(turn.base, turn.world, repo, record), "files": files}


def list_branches(turn: Turn) -> Json:
    repo = turn.repository()
    return turn.page_of(list(repo.branches.values()), lambda branch: _branch(turn, repo, branch))


def get_branch(turn: Turn) -> Json:
    repo = turn.repository()
    branch = repo.branches.get(turn.values["branch"])
    if branch is None:
        raise Refusal(404, "Branch not found")
    commit = shapes.commit(turn.base, turn.world, repo, repo.commits[branch.commits[-1]])
    return {**_branch(turn, repo, branch), "commit": commit}


def _branch(turn: Turn, repo: Repository, branch: Branch) -> dict[str, Json]:
    sha = branch.commits[-1]
    url = f"{turn.base}/repos/{repo.full_name}/commits/{sha}"
    return {"name": branch.name, "commit": {"sha": sha, "url": url}, "protected": False}


def create_ref(turn: Turn) -> Json:
    """Make a branch from a commit: {"ref": "refs/heads/x", "sha": …}."""
    repo = turn.repository()
    turn.need("ref", "sha")
    ref, sha = str(turn.given["ref"]), str(turn.given["sha"])
    name = ref.removeprefix("refs/heads/")
    if name == ref or sha not in repo.commits:
        raise Refusal(422, "Reference name or object does not exist")
    if name in repo.branches:
        raise Refusal(422, "Reference already exists")
    source = next(branch for branch in repo.branches.values() if sha in branch.commits)
    commits = source.commits[: source.commits.index(sha) + 1]
    repo.branches[name] = Branch(name, commits, dict(source.files))
    turn.created("refs.create", ref, repository=repo.full_name, sha=sha)
    root = f"{turn.base}/repos/{repo.full_name}/git"
    target = {"type": "commit", "sha": sha, "url": f"{root}/commits/{sha}"}
    return {"ref": ref, "node_id": f"REF_{name}", "url": f"{root}/{ref}", "object": target}


_REPO = "/repos/{owner}/{repo}"
ROUTES = {
    f"GET {_REPO}/readme": get_readme,
    f"GET {_REPO}/contents": get_contents,
    f"GET {_REPO}/contents/{{path*}}": get_contents,
    f"PUT {_REPO}/contents/{{path*}}": put_contents,
    f"DELETE {_REPO}/contents/{{path*}}": delete_contents,
    f"GET {_REPO}/commits": list_commits,
    f"GET {_REPO}/commits/{{sha}}": get_commit,
    f"GET {_REPO}/branches": list_branches,
    f"GET {_REPO}/branches/{{branch}}": get_branch,
    f"POST {_REPO}/git/refs": create_ref,
}
