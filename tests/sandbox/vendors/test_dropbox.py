"""Dropbox's sandbox judged by its own package, and used as a person would through Penstock."""

from __future__ import annotations

from typing import Any

import pytest

from penstock.errors import Conflict, NotFound, SignInNeeded
from penstock.redact import Secret


@pytest.fixture
def client(make_box: Any) -> tuple[Any, Any, Any]:
    """Return a sandbox, a client of the dropbox package whose hosts are all there, and the package."""
    package = pytest.importorskip("dropbox")
    requests = pytest.importorskip("requests")
    box = make_box(names=["dropbox"])

    class Here(requests.adapters.HTTPAdapter):  # type: ignore[misc]
        def send(self, request: Any, **options: Any) -> Any:
            path = request.url.partition("dropboxapi.com")[2]
            request.url = f"http://127.0.0.1:{box.port}/dropbox{path}"
            return super().send(request, **options)

    session = requests.Session()
    session.mount("https://", Here())

    def open_client(token: str | None = None) -> Any:
        given = token or box.credential("dropbox")["access_token"]
        return package.Dropbox(given, session=session, max_retries_on_error=0, max_retries_on_rate_limit=0)

    return box, open_client, package


def test_a_file_is_uploaded_read_back_moved_and_deleted(client: tuple[Any, Any, Any]) -> None:
    """The package uploads a file with a name beyond ASCII, reads it, moves it, and takes its folder away."""
    box, open_client, _ = client
    dropbox = open_client()
    assert dropbox.users_get_current_account().name.display_name == "Ada Lovelace"
    kept = dropbox.files_upload(b'{"a": 1}', "/Berichte/Prüfung.json")
    metadata, answer = dropbox.files_download("/berichte/prüfung.json")
    assert answer.content == b'{"a": 1}' and metadata.rev == kept.rev and metadata.name == "Prüfung.json"
    moved = dropbox.files_move_v2("/Berichte/Prüfung.json", "/Alt/Prüfung.json").metadata
    assert (moved.path_display, moved.id) == ("/Alt/Prüfung.json", kept.id)
    again = dropbox.files_upload(b"other", "/alt/prüfung.json", mode=client[2].files.WriteMode.overwrite)
    assert len(dropbox.files_list_revisions("/Alt/Prüfung.json").entries) >= 1 and again.rev != kept.rev
    assert dropbox.sharing_create_shared_link_with_settings("/alt/prüfung.json").url.startswith("https://")
    assert len(dropbox.sharing_list_shared_links().links) == 1
    dropbox.files_delete_v2("/Alt")
    kinds = [entry["effect"]["kind"] for entry in box.log(has_effect=True)]
    assert kinds == ["files.upload", "files.move", "files.upload", "shared_links.create", "files.delete"]


def test_a_folder_comes_over_pages_and_then_tells_what_changed(client: tuple[Any, Any, Any]) -> None:
    """The package lists 25 files over three pages by cursor; the last cursor gives what came and went since."""
    box, open_client, _ = client
    dropbox = open_client()
    for number in range(25):
        dropbox.files_upload(b"", f"/file{number:02}.txt")
    box.clear_log()
    page = dropbox.files_list_folder("", limit=10)
    names = [entry.name for entry in page.entries]
    while page.has_more:
        page = dropbox.files_list_folder_continue(page.cursor)
        names += [entry.name for entry in page.entries]
    assert names == [f"file{number:02}.txt" for number in range(25)] and len(box.log()) == 3
    dropbox.files_upload(b"", "/new.txt")
    dropbox.files_delete_v2("/file00.txt")
    changed = dropbox.files_list_folder_continue(page.cursor).entries
    assert [(type(entry).__name__, entry.name) for entry in changed] == [
        ("FileMetadata", "new.txt"),
        ("DeletedMetadata", "file00.txt"),
    ]
    found = dropbox.files_search_v2("file", client[2].files.SearchOptions(max_results=10))
    assert len(found.matches) == 10 and found.has_more
    assert len(dropbox.files_search_continue_v2(found.cursor).matches) == 10


def test_refusals_are_its_own_errors(client: tuple[Any, Any, Any]) -> None:
    """Not found, a conflict, the root as a slash, a wrong token, a limit and a 500 are the classes made for them."""
    box, open_client, package = client
    dropbox, exceptions = open_client(), package.exceptions
    with pytest.raises(exceptions.ApiError) as missing:
        dropbox.files_delete_v2("/nothing")
    assert missing.value.error.is_path_lookup() and missing.value.error.get_path_lookup().is_not_found()
    dropbox.files_upload(b"one", "/a.txt")
    assert dropbox.files_upload(b"one", "/a.txt").name == "a.txt"
    with pytest.raises(exceptions.ApiError) as taken:
        dropbox.files_upload(b"two", "/a.txt")
    assert taken.value.error.get_path().reason.get_conflict().is_file()
    assert dropbox.files_upload(b"two", "/a.txt", autorename=True).name == "a (1).txt"
    with pytest.raises(exceptions.BadInputError):
        dropbox.files_list_folder_continue("nonsense")
    with pytest.raises(exceptions.AuthError) as stranger:
        open_client("sl.nobody").users_get_current_account()
    assert stranger.value.error.is_invalid_access_token()
    script = [
        {"match": "POST *", "fault": "429", "times": 1},
        {"match": "POST *", "fault": "500", "times": 1},
    ]
    box.set_faults({"script": script})
    with pytest.raises(exceptions.RateLimitError) as limited:
        dropbox.users_get_current_account()
    assert limited.value.backoff == 1
    with pytest.raises(exceptions.InternalServerError):
        dropbox.users_get_current_account()


def test_batches_and_sessions_answer_entry_by_entry(client: tuple[Any, Any, Any]) -> None:
    """A batch is a success with a failure in it; a session's pieces become one file, a wrong offset none."""
    box, open_client, package = client
    dropbox, types = open_client(), package.files
    made = dropbox.files_create_folder_batch(["/a", "/b", "/a"]).get_complete().entries
    assert [entry.is_success() for entry in made] == [True, True, False]
    moves = [types.RelocationPath("/a", "/c"), types.RelocationPath("/nothing", "/d")]
    moved = dropbox.files_move_batch_v2(moves).get_complete().entries
    assert moved[0].is_success() and moved[1].get_failure().get_relocation_error().is_from_lookup()
    gone = dropbox.files_delete_batch([types.DeleteArg("/b"), types.DeleteArg("/b")]).get_complete().entries
    assert [entry.is_success() for entry in gone] == [True, False]
    session = dropbox.files_upload_session_start(b"first ").session_id
    dropbox.files_upload_session_append_v2(b"second ", types.UploadSessionCursor(session, 6))
    with pytest.raises(package.exceptions.ApiError) as elsewhere:
        dropbox.files_upload_session_append_v2(b"second ", types.UploadSessionCursor(session, 6))
    assert elsewhere.value.error.get_incorrect_offset().correct_offset == 13
    commit = types.CommitInfo("/whole.txt")
    dropbox.files_upload_session_finish(b"last", types.UploadSessionCursor(session, 13), commit)
    assert dropbox.files_download("/whole.txt")[1].content == b"first second last"
    assert [entry["effect"]["kind"] for entry in box.log(has_effect=True)][-1] == "files.upload"


def test_penstock_uploads_lists_and_is_refused(workbench: Any) -> None:
    """A file goes up and comes down, folders come over pages; wrong paths and keys are told apart."""
    dropbox = workbench.connect("dropbox", sandbox=True, limit=())
    for number in range(5):
        dropbox.files.upload(path=f"/Prüfung {number}.txt", content=b"hello", mode="overwrite")
    assert dropbox.files.download(path="/prüfung 0.txt").body == b"hello"
    frame = dropbox.files.list_folder.frame(limit=2)
    assert list(frame["name"]) == [f"Prüfung {number}.txt" for number in range(5)]
    assert dropbox.files.list_folder(path="/").data["entries"]
    assert len(list(dropbox.files.search.all(query="prüfung", options={"max_results": 2}))) == 5
    with pytest.raises(NotFound) as missing:
        dropbox.files.get_metadata(path="/nothing")
    assert missing.value.code == "not_found" and missing.value.hint
    with pytest.raises(Conflict) as taken:
        dropbox.files.upload(path="/prüfung 0.txt", content=b"other")
    assert taken.value.code == "conflict" and taken.value.hint
    server = workbench.sandbox()
    stranger = workbench.connect(
        "dropbox", credential={"access_token": Secret("sl.nobody")}, base_url=server.base_url("dropbox")
    )
    with pytest.raises(SignInNeeded):
        stranger.users.current()


def test_a_large_file_goes_up_in_pieces(workbench: Any) -> None:
    """start, append and finish take their numbers from plain parameters and give one file."""
    dropbox = workbench.connect("dropbox", sandbox=True)
    session = dropbox.upload_session.start(content=b"[first, ")["session_id"]
    dropbox.upload_session.append(session_id=session, offset=8, content=b"second, ")
    saved = dropbox.upload_session.finish(session_id=session, offset=16, path="/big.txt", content=b"last]")
    assert saved["size"] == 21 and dropbox.files.download(path="/big.txt").body == b"[first, second, last]"
