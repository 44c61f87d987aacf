from __future__ import annotations

import ctypes
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from agent_fakes import CANARY, NOBODY, as_nobody, needs_root, needs_unix
from agent_processes import environment

from penstock.agent.hardening import harden, log_to
from penstock.redact import Secret

resource = pytest.importorskip("resource", reason="not on Windows")
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="prctl")

LOOK = """
import ctypes, os, resource
print(ctypes.CDLL(None).prctl(3), resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)))
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


@linux_only
def test_a_hardened_process_cannot_be_dumped() -> None:
    """After `harden` there is no core dump, no reader of its memory, and nothing it writes is others' to read."""
    hardened = run("from penstock.agent.hardening import harden\nharden()\n" + LOOK)
    assert hardened == "0 (0, 0) 0o77"
    assert run(LOOK).startswith("1 ")  # the control


@contextmanager
def process_of_nobody(is_hardened: bool) -> Iterator[int]:
    """Give the id of a child that is another user, and can be looked into unless it was hardened."""
    said, saying = os.pipe()
    waiting, end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            assert resource.RLIMIT_CORE >= 0  # loaded before: another user may not reach this Python's files
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as after exec: changing the user has closed it
            if is_hardened:
                harden()
            os.write(saying, b".")
            os.close(end)
            os.read(waiting, 1)
        finally:
            os._exit(0)
    os.close(saying)
    os.close(waiting)
    try:
        assert os.read(said, 1) == b"."
        yield child
    finally:
        os.close(said)
        os.close(end)
        os.waitpid(child, 0)


@linux_only
@needs_root
@pytest.mark.parametrize("is_hardened", [True, False])
def test_another_process_of_the_same_user_cannot_look_into_it(is_hardened: bool) -> None:
    """A process of the same user opens neither memory nor environment; the control: without hardening it does."""

    def is_open(pid: int, name: str) -> bool:
        try:
            Path(f"/proc/{pid}/{name}").open("rb").close()
        except PermissionError:
            return False
        return True

    with process_of_nobody(is_hardened) as pid:
        assert as_nobody(lambda: str(is_open(pid, "environ"))) == str(not is_hardened)
        if is_hardened:  # without it the system may refuse this to all but parents (Yama)
            assert as_nobody(lambda: str(is_open(pid, "mem"))) == "False"


@needs_unix
def test_the_log_is_this_users_alone_and_holds_no_secret(tmp_path: Path) -> None:
    """What is logged is written down without the value of any Secret."""
    secret = Secret(CANARY)
    log, before = logging.getLogger("penstock"), logging.getLogger("penstock").level
    had = list(log.handlers)
    umask = os.umask(0o077)
    try:
        log_to(tmp_path / "agent.log")
        logging.getLogger("penstock.agent").info("asked with %s", secret.reveal())
    finally:
        os.umask(umask)
        for handler in set(log.handlers) - set(had):
            log.removeHandler(handler)
            handler.close()
        log.setLevel(before)
    text = (tmp_path / "agent.log").read_text()
    assert "asked with" in text and CANARY not in text
    assert (tmp_path / "agent.log").stat().st_mode & 0o077 == 0
