from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_fakes import CANARY, NOBODY, PASSWORD, as_nobody, needs_root, needs_unix
from agent_processes import HERE, child_agent

from penstock.agent import launch
from penstock.agent.client import AgentClient
from penstock.agent.launch import MOST_PATH, clean_environment, command, find_agent, socket_path, start_agent
from penstock.errors import VaultError, VaultExposed, VaultLocked
from penstock.redact import Secret

pytestmark = needs_unix


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a home whose agent is agent_child.py, and end that agent afterwards."""
    monkeypatch.setenv("PENSTOCK_AGENT_SOCK", str(tmp_path / "s" / "a.sock"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), os.environ["PYTHONPATH"]]))
    monkeypatch.setattr(
        launch, "command", lambda home: [sys.executable, str(HERE / "agent_child.py"), "--home", str(home)]
    )
    yield tmp_path / "home"
    client = find_agent(tmp_path / "home")
    if client is not None:
        asyncio.run(client.stop())


# ---- where it listens ------------------------------------------------------------------------------------


def test_the_path_is_the_named_one_or_in_the_runtime_folder_or_the_temporary_one(tmp_path: Path) -> None:
    """PENSTOCK_AGENT_SOCK comes first, then XDG_RUNTIME_DIR where it is a folder, then the temporary folder."""
    named, runtime = {"PENSTOCK_AGENT_SOCK": "/run/x/a.sock"}, {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert socket_path("/h", named | runtime) == Path("/run/x/a.sock")
    assert socket_path("/h", runtime).parent == tmp_path / "penstock"
    fallback = socket_path("/h", {})
    assert fallback.parent.name == f"penstock-{os.geteuid()}"
    assert socket_path("/h", {"XDG_RUNTIME_DIR": "/no/such/folder"}) == fallback
    assert socket_path("/h", {"XDG_RUNTIME_DIR": "."}) == fallback


def test_each_home_has_a_path_of_its_own(tmp_path: Path) -> None:
    """Two homes never meet at one socket; one home spelt in two ways does."""
    assert socket_path("/h1", {}) != socket_path("/h2", {})
    (tmp_path / "link").symlink_to(tmp_path)
    assert socket_path(tmp_path / "link", {}) == socket_path(f"{tmp_path}/./", {})


def test_a_path_is_never_longer_than_a_sockets_may_be(tmp_path: Path) -> None:
    """Where the runtime folder is too long another is taken; a named one that is too long is refused."""
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    assert len(os.fsencode(socket_path("/h", {"XDG_RUNTIME_DIR": str(deep)}))) <= MOST_PATH
    with pytest.raises(VaultError, match="longer"):
        socket_path("/h", {"PENSTOCK_AGENT_SOCK": f"{deep}/a.sock"})


# ---- what it is started with -----------------------------------------------------------------------------


def test_no_credential_of_the_caller_goes_along() -> None:
    """The environment is what the agent needs, named here; the rest stays behind."""
    kept = {
        "PATH": "/bin", "HOME": "/h", "XDG_RUNTIME_DIR": "/r", "PENSTOCK_HOME": "/p", "PYTHONPATH": "/s",
        "SSL_CERT_FILE": "/c", "HTTPS_PROXY": "p", "https_proxy": "p", "LD_LIBRARY_PATH": "/l", "VIRTUAL_ENV": "/v",
    }  # fmt: skip
    left = {
        "STRIPE_KEY": CANARY,
        "JUPYTERHUB_API_TOKEN": CANARY,
        "AWS_SECRET_ACCESS_KEY": CANARY,
        "JPY_PARENT_PID": "1",
    }
    assert clean_environment(kept | left) == kept


def test_under_jupyterhub_it_ends_with_the_notebook_server() -> None:
    """--until-pid is given there, and nowhere else."""
    hub = {"JUPYTERHUB_USER": "me", "JPY_PARENT_PID": "4711"}
    assert command(Path("/h"), hub)[-4:] == ["--home", "/h", "--until-pid", "4711"]
    for other in ({"JPY_PARENT_PID": "4711"}, {"JUPYTERHUB_USER": "me"}, hub | {"JPY_PARENT_PID": "1; rm"}):
        assert "--until-pid" not in command(Path("/h"), other)


def test_it_is_this_python_that_runs_it_and_not_what_lies_about() -> None:
    """The agent is this interpreter's penstock; modules in its working folder are not looked at (-P)."""
    assert command(Path("/h"), {}) == [sys.executable, "-P", "-m", "penstock.agent", "--home", "/h"]


# ---- starting and finding --------------------------------------------------------------------------------


def test_one_is_found_only_when_it_is_alive(home: Path) -> None:
    """There is none before it starts, and none after it was killed, though its socket is there."""
    assert find_agent(home) is None
    with child_agent(socket_path(home)):
        assert isinstance(find_agent(home), AgentClient)
    assert socket_path(home).exists() and find_agent(home) is None


def test_a_started_one_is_the_same_for_all(home: Path) -> None:
    """Starting it twice gives one process, in a session of its own, in the home, that answers."""
    first = asyncio.run(start_agent(home).status())
    again = asyncio.run(start_agent(home).status())
    assert first["pid"] == again["pid"] != os.getpid()
    assert os.getsid(first["pid"]) == first["pid"]
    if sys.platform == "linux":
        assert Path(f"/proc/{first['pid']}/cwd").resolve() == home.resolve()


def test_after_a_kill_a_new_one_is_started_locked(home: Path) -> None:
    """The dead one's socket is replaced, and the keys are gone with it."""
    client = start_agent(home)
    pid = asyncio.run(client.status())["pid"]
    asyncio.run(client.unlock(password=Secret(PASSWORD)))
    os.kill(pid, signal.SIGKILL)
    while find_agent(home) is not None:  # until the system has closed what it held
        pass
    with pytest.raises(VaultLocked, match="has ended"):
        asyncio.run(client.status())
    status = asyncio.run(start_agent(home).status())
    assert status["pid"] != pid and status["is_locked"] is True


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_no_secret_is_among_its_words_or_in_its_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the password nor a credential of the caller's environment is to be seen from outside; nor a descriptor."""
    monkeypatch.setenv("STRIPE_KEY", CANARY)
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    client = start_agent(home)
    asyncio.run(client.unlock(password=Secret(PASSWORD)))
    pid = asyncio.run(client.status())["pid"]
    folder = Path(f"/proc/{pid}")
    try:
        environ = (folder / "environ").read_bytes()
        links = {each.readlink().name for each in (folder / "fd").iterdir()}
    except PermissionError:
        pytest.skip("only root can look into an agent")
    finally:
        theirs = Path(f"/proc/self/fd/{writing}").readlink().name
        os.close(reading)
        os.close(writing)
    for secret in (PASSWORD, CANARY):
        assert secret.encode() not in (folder / "cmdline").read_bytes()
        assert secret.encode() not in environ
    assert b"PATH=" in environ and theirs not in links


def test_one_that_cannot_start_says_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it printed is in the error, without any secret, and with the words to try by hand."""
    secret = Secret(CANARY)
    code = f"import sys; sys.exit('no room, said {secret.reveal()}')"
    monkeypatch.setattr(launch, "command", lambda home: [sys.executable, "-c", code])
    with pytest.raises(VaultError, match="no room") as caught:
        start_agent(home)
    assert CANARY not in str(caught.value) and "penstock.agent --home" in str(caught.value)


def test_one_that_never_answers_is_given_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last look the process is ended and the error says so."""
    words = [sys.executable, "-c", "import sys; sys.stdin.read(); import threading; threading.Event().wait()"]
    monkeypatch.setattr(launch, "command", lambda home: words)
    with pytest.raises(VaultError, match="nothing"):
        start_agent(home, pauses_s=(0.0, 0.0))


def test_one_that_ended_with_0_is_waited_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second agent ends quietly with 0; that is no failure of the first."""
    with child_agent(socket_path(home)):
        real, looks = find_agent, []

        def late(where: Path) -> AgentClient | None:
            looks.append(where)
            return real(where) if len(looks) > 3 else None

        monkeypatch.setattr(launch, "find_agent", late)
        monkeypatch.setattr(launch, "command", lambda home: [sys.executable, "-c", ""])
        assert isinstance(start_agent(home), AgentClient)


@needs_root
def test_another_users_agent_is_not_taken_for_ours(home: Path) -> None:
    """Where another user listens at the path, finding says so instead of connecting a vault to it."""
    import socket

    path = socket_path(home)
    path.parent.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        assert as_nobody(lambda: str(listening.listen())) == "None"
        with pytest.raises(VaultExposed, match="Another user"):
            find_agent(home)
    assert os.geteuid() != NOBODY
