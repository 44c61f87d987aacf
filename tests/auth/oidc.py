"""A real OAuth server for the tests, npm's oidc-provider, and a person who signs in there.

It is installed once for all tests, into a temporary folder; where npm cannot do that the tests are skipped.
"""

from __future__ import annotations

import atexit
import functools
import html
import json
import re
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest

PROGRAM = Path(__file__).parent / "oauth_server"


@dataclass(frozen=True)
class OidcServer:
    """A running server, and its own record of the token requests."""

    issuer: str
    process: subprocess.Popen[str]

    def log(self) -> list[dict[str, Any]]:
        """Return every token request that came: at (ms), status, grant_type, is_taken (the answer was)."""
        with urllib.request.urlopen(f"{self.issuer}/__log", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
            return found

    def worked_off(self) -> int:
        """Return how many refreshes may have used up a refresh token: answered well, or cut while under way."""
        refreshes = [one for one in self.log() if one["grant_type"] == "refresh_token"]
        return sum(one["status"] == 200 or not one["is_taken"] for one in refreshes)

    def refreshes(self) -> list[int]:
        """Return the status of every refresh."""
        return [one["status"] for one in self.log() if one["grant_type"] == "refresh_token"]


@functools.cache
def install(program: str = str(PROGRAM)) -> Path | str:
    """Return the folder a program is installed in, or why it is not."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return "node or npm is not installed: no OAuth server to talk to"
    folder = Path(tempfile.mkdtemp(prefix="penstock-oauth-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(program, folder / "server")
    words = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        words, cwd=folder / "server", capture_output=True, text=True, check=False, timeout=240
    )
    if done.returncode != 0:
        return f"npm cannot install an OAuth server here: {done.stderr.strip()[-200:]}"
    return folder / "server"


@contextmanager
def run_program(program: Path, *words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a program of npm's and give its address; skips the test where it cannot be had."""
    folder = install(str(program))
    if isinstance(folder, str):
        pytest.skip(folder)
    command = [str(shutil.which("node")), "server.js", *words]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the server did not start"
        yield address, process
    finally:
        process.terminate()
        process.communicate(timeout=10)


@contextmanager
def serve(lifetime_s: float) -> Iterator[OidcServer]:
    """Serve oidc-provider with access tokens of this many seconds."""
    with run_program(PROGRAM, str(lifetime_s)) as (address, process):
        yield OidcServer(address, process)


def browse_to(redirect: str, http: httpx2.Client, url: str, answers: dict[str, str]) -> str:
    """Follow redirects and fill in forms as a person would; return the address below `redirect`, or the last page."""
    answer = http.get(url)
    for _ in range(20):
        if location := answer.headers.get("location"):
            url = urljoin(str(answer.url), location)
            if url.startswith(redirect):
                return url
            answer = http.get(url)
            continue
        form = re.search(r"<form[^>]*action=\"([^\"]+)\".*?</form>", answer.text, re.DOTALL)
        if form is None:
            return answer.text
        names = dict.fromkeys(re.findall(r"<input[^>]*name=\"([^\"]+)\"", form[0]), "")
        hidden = {
            match[0]: match[1]
            for tag in re.findall(r"<input[^>]*>", form[0])
            if (name := re.search(r"name=\"([^\"]+)\"", tag))
            and (value := re.search(r"value=\"([^\"]*)\"", tag))
            for match in [(name[1], html.unescape(value[1]))]
        }
        fields = {**names, **hidden, **{name: value for name, value in answers.items() if name in names}}
        answer = http.post(urljoin(str(answer.url), html.unescape(form[1])), data=fields)
    raise AssertionError(f"the pages do not end: {answer.text[:500]}")


PERSON = {"login": "ada", "password": "any"}
