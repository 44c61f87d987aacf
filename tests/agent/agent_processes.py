"""Agents and clients in processes of their own, started for one test and ended with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent


@contextmanager
def child_agent(path: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run agent_child.py at `path`, ready."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "agent_child.py"), str(path), *words],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def run_client(path: Path, code: str) -> str:
    """Run one line of code with `client` in a process of its own, and return what it prints."""
    program = (
        "import asyncio, sys\n"
        "from penstock.agent.client import AgentClient\n"
        "from penstock.redact import Secret\n"
        "client = AgentClient(sys.argv[1])\n"
        f"{code}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        capture_output=True,
        check=False,
        text=True,
        env=environment(),
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def environment() -> dict[str, str]:
    """Return this process's environment, with the tests' programs to be found."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(HERE), os.environ["PYTHONPATH"]])}
