from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from penstock.batch.progress import ErrorCount, Progress
from penstock.cli import build_parser, main
from penstock.cli.arguments import pair
from penstock.cli.tables import check_out, read_rows, write_rows
from penstock.cli.terminal import Bar, describe_errors, follow
from penstock.errors import DependencyMissing, RowsRefused, UsageError
from penstock.testing import FakeClock

SECRET = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"

RUNNING = Progress(
    run="july", state="running", total=100, done=40, failed=2, uncertain=0, skipped=0, in_flight=10, queued=48,
    rate=24.8, allowed_rate=25.0, elapsed_s=1.7, eta_s=2.3, waiting_on=None, resumes_at=None,
)  # fmt: skip


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what argparse says to these words, which it must refuse with 2."""
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    return capsys.readouterr().err


# ---- what can be typed -----------------------------------------------------------------------------------


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`penstock --help` lists the commands there are, and none that do not exist yet."""
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    said = capsys.readouterr().out
    assert caught.value.code == 0
    commands = "demo lab doctor integrations call batch runs sandbox vault sign-in agent"
    for command in commands.split():
        assert f"\n    {command}" in said
    assert "webhooks" not in said


@pytest.mark.parametrize(
    "words", [[], ["no-such-command"], ["call"], ["call", "stripe"], ["batch", "stripe", "customers.create"]]
)
def test_a_command_that_is_not_whole_is_refused_with_2(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """Missing words give a usage line and exit code 2."""
    assert "usage: penstock" in refused(capsys, *words)


@pytest.mark.parametrize(
    "credential", [SECRET, f"token={SECRET}", "token=", "token=env:", "=env:KEY", "token=ENV:KEY"]
)
def test_a_credential_written_out_is_refused_and_not_repeated(
    capsys: pytest.CaptureFixture[str], credential: str
) -> None:
    """--credential takes env:NAME and file:PATH only, and its refusal says so without the value."""
    said = refused(capsys, "call", "stripe", "customers.create", "--credential", credential)
    assert "token=env:NAME" in said and "never" in said
    assert SECRET not in said


def test_where_a_credential_is_may_be_said() -> None:
    """env:NAME and file:PATH are taken, several fields too."""
    words = [
        "call",
        "stripe",
        "customers.list",
        "--credential",
        "token=env:KEY",
        "--credential",
        "user=file:/a=b",
    ]
    assert build_parser().parse_args(words).credential == [("token", "env:KEY"), ("user", "file:/a=b")]


@pytest.mark.parametrize("word", ["email", "=x", ":=1", "tags:=[1,", "tags:=", "a:=NaN]"])
def test_a_parameter_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], word: str) -> None:
    """A word that is not name=value, or not JSON after :=, is refused with the form to use."""
    assert "argument K=V" in refused(capsys, "call", "stripe", "customers.create", word)


def test_parameters_are_text_or_json() -> None:
    """`a=1` is the text "1", `a:=1` the number; only the first = counts."""
    assert pair("a=1") == ("a", "1")
    assert pair("a=b=c") == ("a", "b=c")
    assert pair("a=") == ("a", "")
    assert pair("a:=1") == ("a", 1)
    assert pair('a:={"b": [true]}') == ("a", {"b": [True]})


# ---- a run, drawn ----------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Log(io.StringIO):
    encoding = "utf-8"


class Run:
    """A run that goes through the states a test gives it, each when the one before has been seen."""

    def __init__(self, *states: Progress, when_cancelled: Progress | None = None) -> None:
        self._states, self._after = list(states), when_cancelled
        self.progress, self.cancelled = states[0], 0
        self._listener: Callable[[Progress], None] | None = None

    @property
    def is_finished(self) -> bool:
        return self.progress.is_finished

    def watch(self, listener: Callable[[Progress], None]) -> Callable[[], None]:
        self._listener = listener
        for state in self._states:
            self.progress = state
            listener(state)
        return self._unwatch

    def _unwatch(self) -> None:
        self._listener = None

    def cancel(self) -> None:
        self.cancelled += 1
        if self._after is not None:
            self.progress = self._after


def test_in_a_terminal_the_bar_is_drawn_over_itself() -> None:
    """Each state is drawn over the one before, none wider than the terminal; the last one stays."""
    bar = Bar(stream := Terminal(), FakeClock())
    bar.draw(RUNNING)
    bar.draw(replace(RUNNING, done=60))
    bar.close(replace(RUNNING, state="finished", done=98))
    drawn = stream.getvalue().split("\r\x1b[2K")
    assert [text.count("\n") for text in drawn] == [0, 0, 0, 1]
    assert "42/100" in drawn[1] and "62/100" in drawn[2] and "finished" in drawn[3]
    assert all(len(text) < 80 for text in drawn)


def test_in_a_log_there_is_a_line_every_5_seconds_or_10_percent() -> None:
    """In a log states come as whole lines, not more often than that, and the last one always."""
    stream, clock = Log(), FakeClock()
    bar = Bar(stream, clock)
    for step in range(120):  # 12 s in which little happens
        bar.draw(replace(RUNNING, done=step // 30, failed=0))
        clock.move(0.1)
    assert len(stream.getvalue().splitlines()) == 3
    for done in range(4, 100):  # much happens in no time
        bar.draw(replace(RUNNING, done=done, failed=0))
    assert len(stream.getvalue().splitlines()) == 3 + 9
    for _ in range(2):
        bar.close(replace(RUNNING, state="finished", done=100, failed=0))
    assert len(stream.getvalue().splitlines()) == 3 + 9 + 1
    assert "\r" not in stream.getvalue() and "\x1b" not in stream.getvalue()


def test_a_stream_that_cannot_show_the_bar_gets_plain_characters() -> None:
    """On a stream of ASCII the bar is drawn with # and dots."""

    class Plain(Terminal):
        encoding = "ascii"

    stream = Plain()
    Bar(stream, FakeClock()).draw(RUNNING)
    assert stream.getvalue().isascii() and "#" in stream.getvalue()


def test_a_run_is_followed_to_its_end() -> None:
    """follow returns the last state, has drawn it, and listens no longer."""
    run = Run(RUNNING, replace(RUNNING, state="finished", done=98))
    stream = Log()
    assert follow(run, stream=stream, clock=FakeClock()).done == 98  # type: ignore[arg-type]
    assert "finished" in stream.getvalue() and run._listener is None and run.cancelled == 0


def test_ctrl_c_cancels_the_run_and_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first interrupt cancels the run and waits for its end; the second one leaves."""
    ended = replace(RUNNING, state="cancelled")
    run = Run(RUNNING, when_cancelled=ended)
    interrupts = iter([KeyboardInterrupt(), None])

    def interrupted(moves: object) -> None:
        if (error := next(interrupts)) is not None:
            raise error

    monkeypatch.setattr("penstock.cli.terminal._newest", interrupted)
    assert follow(run, stream=Log(), clock=FakeClock()) == ended  # type: ignore[arg-type]
    assert run.cancelled == 1

    stubborn = Run(RUNNING)
    interrupts = iter([KeyboardInterrupt(), KeyboardInterrupt()])
    with pytest.raises(KeyboardInterrupt):
        follow(stubborn, stream=Log(), clock=FakeClock())  # type: ignore[arg-type]
    assert stubborn.cancelled == 1


def test_a_run_nobody_can_sign_in_for_is_cancelled() -> None:
    """When the credential is refused the run would wait for ever; the command line cancels it instead."""
    run = Run(replace(RUNNING, waiting_on="sign-in"), when_cancelled=replace(RUNNING, state="cancelled"))
    assert follow(run, stream=Log(), clock=FakeClock()).state == "cancelled"  # type: ignore[arg-type]
    assert run.cancelled == 1


def test_what_went_wrong_is_said_with_what_to_do() -> None:
    """Each kind of error comes with its count, an example row and the hint, the commonest first."""
    errors = (
        ErrorCount("Invalid", 2, "email is not valid", "Correct it.", "C-7"),
        ErrorCount("NotFound", 1200, "no such customer", None, None),
    )
    assert describe_errors(replace(RUNNING, errors=errors)) == [
        "  1,200 x NotFound: no such customer",
        "      2 x Invalid: email is not valid (row C-7)",
        "          Correct it.",
    ]


# ---- files of rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_the_cells_of_a_csv_stay_what_was_written(tmp_path: Path, encoding: str) -> None:
    """Leading zeros, a plus, the words NULL, NA and True stay; an empty cell is missing; a byte-order mark is no name."""
    path = tmp_path / "rows.csv"
    path.write_text('id,phone,note\n007,+4512345678,NULL\n1e5,,NA\n3,True,"a\nb"\n', encoding=encoding)
    rows = read_rows(path)
    assert rows.fillna("—").to_dict("list") == {
        "id": ["007", "1e5", "3"],
        "phone": ["+4512345678", "—", "True"],
        "note": ["NULL", "NA", "a\nb"],
    }


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_what_is_written_is_read_back(tmp_path: Path, ending: str) -> None:
    """A frame of text survives each kind of file, in any script, and nothing but the file itself is left there."""
    path = tmp_path / f"out{ending}"
    frame = pd.DataFrame({"id": ["1", "2"], "name": ["Łukasz\t佐藤", 'a "b", c']})
    write_rows(frame, path)
    write_rows(frame, path)
    assert read_rows(path).astype(str).to_dict("list") == frame.to_dict("list")
    assert list(tmp_path.iterdir()) == [path]


def test_nested_values_are_written_as_json_text(tmp_path: Path) -> None:
    """A response in a cell becomes JSON in .csv and .parquet, and stays nested in .jsonl."""
    frame = pd.DataFrame({"id": ["1"], "response": [{"id": "cus_1", "tags": ["ä"]}]})
    for ending in (".csv", ".parquet"):
        write_rows(frame, tmp_path / f"out{ending}")
        assert json.loads(read_rows(tmp_path / f"out{ending}")["response"][0]) == {
            "id": "cus_1",
            "tags": ["ä"],
        }
    write_rows(frame, tmp_path / "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl").read_text())["response"]["tags"] == ["ä"]


def test_a_file_that_cannot_be_read_is_our_error(tmp_path: Path) -> None:
    """Another encoding, another kind of file, a missing one and a broken one are refused with the path."""
    (tmp_path / "latin.csv").write_bytes("id,name\n1,Jürgen\n".encode("latin-1"))
    (tmp_path / "cut.jsonl").write_text('{"id": 1}\n{"id":')
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "wrong.parquet").write_text("id,name")
    for name in ("latin.csv", "cut.jsonl", "empty.csv", "wrong.parquet"):
        with pytest.raises(RowsRefused, match=name):
            read_rows(tmp_path / name)
    for name in ("missing.csv", "rows.xlsx", "rows"):
        with pytest.raises(UsageError, match=name):
            read_rows(tmp_path / name)


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unknown ending, a missing folder, a folder, and .parquet without pyarrow are refused by check_out."""
    (tmp_path / "dir.csv").mkdir()
    for name in ("out.xlsx", "no/such/out.csv", "dir.csv"):
        with pytest.raises(UsageError):
            check_out(tmp_path / name)
    check_out(tmp_path / "out.parquet")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DependencyMissing, match="pip install"):
        check_out(tmp_path / "out.parquet")


# ---- the commands, against the sandbox -------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[str, str]:
    """Run a command and return what it said on its two streams."""
    assert main(words) == code, capsys.readouterr()
    out, err = capsys.readouterr()
    return out, err


def test_call_prints_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """`penstock call` prints the data as JSON, text and :=json parameters having arrived as such."""
    words = ("call", "stripe", "customers.create", "email=a@b.co", 'metadata:={"n": "1"}', "--sandbox")
    out, err = said(capsys, *words)
    data = json.loads(out)
    assert data["email"] == "a@b.co" and data["metadata"] == {"n": "1"} and data["id"].startswith("cus_")
    assert err.startswith("200, ")
    machine = json.loads(said(capsys, *words, "--json")[0])
    assert machine["status"] == 200 and machine["attempts"] == 1 and machine["data"]["email"] == "a@b.co"


def test_a_refusal_is_a_message_and_1_a_wrong_word_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    """What the service refuses exits with 1, what was typed wrong with 2, each with a sentence and no traceback."""
    _, err = said(capsys, "call", "stripe", "customers.get", "customer=cus_none", "--sandbox", code=1)
    assert err.startswith("penstock: ") and "cus_none" in err and "Traceback" not in err
    for words, near in (
        (["stirpe", "customers.create"], "stripe"),
        (["stripe", "customers.creat"], "customers.create"),
        (["stripe", "customers.create", "--base", "shop=acme"], "shop"),
    ):
        _, err = said(capsys, "call", *words, "--sandbox", code=2)
        assert near in err and "Traceback" not in err


def test_without_an_account_it_says_how_to_give_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A call without a credential is not made; the message says what to do."""
    _, err = said(capsys, "call", "stripe", "customers.list", code=2)
    assert "credential" in err


def test_a_credential_from_the_environment_is_used_and_never_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """env:NAME and file:PATH reach the server as the key, and no output has their value."""
    import penstock as ps

    with ps.Sandbox(names=["stripe"]) as server:
        ((field, key),) = server.credential("stripe").items()
        monkeypatch.setenv("A_KEY", key)
        (tmp_path / "key").write_text(f"{key}\n")
        for source in ("env:A_KEY", f"file:{tmp_path}/key"):
            words = ["call", "stripe", "customers.list", "--base-url", server.base_url("stripe")]
            out, err = said(capsys, *words, "--credential", f"{field}={source}")
            assert json.loads(out)["data"] == [] and key not in out + err
        monkeypatch.setenv("A_KEY", SECRET)
        _, err = said(capsys, *words, "--credential", f"{field}=env:A_KEY", code=1)
        assert "401" in err and "Check the key" in err and SECRET not in err


def write_customers(path: Path, count: int) -> Path:
    lines = [f"C-{number:03d},Jürgen {number},c{number}@example.com" for number in range(count)]
    path.write_text("\n".join(["customer_id,full_name,email", *lines]), encoding="utf-8")
    return path


def test_a_batch_goes_from_a_file_to_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every row of the CSV comes back in the file with its outcome and response; progress goes to standard error."""
    rows, out = write_customers(tmp_path / "rows.csv", 30), tmp_path / "done.csv"
    words = (
        "batch",
        "stripe",
        "customers.create",
        str(rows),
        "--key",
        "customer_id",
        "--map",
        "name=full_name",
    )
    shown, err = said(capsys, *words, "--out", str(out), "--sandbox")
    made = read_rows(out)
    assert made["status"].tolist() == ["done"] * 30
    answers = [json.loads(text) for text in made["response"]]
    assert [answer["name"] for answer in answers] == made["full_name"].tolist()
    assert [answer["email"] for answer in answers] == made["email"].tolist()
    assert shown == "" and "30 of 30 rows done" in err and "30/30" in err
    machine, _ = said(capsys, *words, "--sandbox", "--json")
    report = json.loads(machine)
    assert (report["state"], report["total"], report["done"], report["out"]) == ("finished", 30, 30, None)


def test_a_batch_with_rows_that_fail_exits_with_1(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Rows the service refuses are counted by kind with a hint; the good ones are done."""
    rows = tmp_path / "rows.csv"
    rows.write_text("id,email\n1,good@example.com\n2,not an address\n")
    words = ("batch", "stripe", "customers.create", str(rows), "--key", "id", "--sandbox")
    out, err = said(capsys, *words, code=1)
    assert "1 x Invalid" in err and "1 of 2 rows done" in err
    assert "failed" in out and "done" in out


def test_a_batch_nobody_can_sign_in_for_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With a credential the service refuses, the batch says so and ends with 1; no row is failed for it."""
    import penstock as ps

    rows = write_customers(tmp_path / "rows.csv", 3)
    monkeypatch.setenv("A_KEY", SECRET)
    with ps.Sandbox(names=["stripe"]) as server:
        words = ("batch", "stripe", "customers.create", str(rows), "--key", "customer_id", "--name", "nobody")
        words += ("--base-url", server.base_url("stripe"), "--credential", "token=env:A_KEY")
        out, err = said(capsys, *words, "--json", code=1)
    assert "refuses the credential" in err and SECRET not in out + err
    assert (json.loads(out)["state"], json.loads(out)["failed"]) == ("cancelled", 0)


def test_a_batch_goes_in_bulk_calls_unless_told_otherwise(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Thirty contacts are one call, with --bulk off they are thirty, and --bulk job is refused where there is none."""
    import penstock as ps

    rows = write_customers(tmp_path / "rows.csv", 30)
    with ps.Sandbox(names=["sendgrid"]) as server:
        monkeypatch.setenv("A_KEY", server.credential("sendgrid")["api_key"])
        words = ("batch", "sendgrid", "contacts.upsert", str(rows), "--key", "customer_id")
        words += ("--base-url", server.base_url("sendgrid"), "--credential", "api_key=env:A_KEY", "--json")
        for more, requests in ((("--name", "together"), 1), (("--name", "alone", "--bulk", "off"), 30)):
            server.clear_log()
            out, _ = said(capsys, *words, *more)
            assert json.loads(out)["done"] == 30 and len(server.log()) == requests
        _, err = said(capsys, *words, "--name", "job", "--bulk", "job", code=2)
    assert "contacts.upsert has no job to go into" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--key", "id"], "customer_id"),
        (["--key", "customer_id", "--concurrency", "51"], "50"),
        (["--key", "customer_id", "--map", "name=nome"], "full_name"),
        (["--key", "customer_id", "--out", "out.xlsx"], ".csv"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_with_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], says: str
) -> None:
    """A wrong column, concurrency or file name is said with what would be right, and nothing is sent."""
    rows = write_customers(tmp_path / "rows.csv", 3)
    _, err = said(capsys, "batch", "stripe", "customers.create", str(rows), "--sandbox", *words, code=2)
    assert says in err


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGINT")
def test_an_interrupted_batch_keeps_what_is_done_and_the_same_command_goes_on(tmp_path: Path) -> None:
    """Ctrl-C ends the batch with 1 and a file of partial results; run again, it finishes, and nobody exists twice."""
    rows, out = write_customers(tmp_path / "rows.csv", 120), tmp_path / "done.csv"
    import penstock as ps

    with ps.Sandbox(names=["stripe"]) as server:
        ((field, key),) = server.credential("stripe").items()
        command = [sys.executable, "-m", "penstock", "batch", "stripe", "customers.create", str(rows)]
        command += ["--key", "customer_id", "--out", str(out), "--base-url", server.base_url("stripe")]
        command += ["--credential", f"{field}=env:A_KEY"]
        environment = {**os.environ, "A_KEY": key, "PENSTOCK_HOME": str(tmp_path / "home")}
        first = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            assert first.stderr is not None
            while len(server.log(has_effect=True)) < 30:  # ended by pytest's time-out if it never comes
                assert first.poll() is None
            first.send_signal(signal.SIGINT)
            _, err = first.communicate(timeout=30)
        finally:
            first.kill()
            first.wait()
        assert first.returncode == 1
        assert "Run the same command again to go on" in err and "Traceback" not in err
        states = read_rows(out)["status"].value_counts()
        assert states["done"] >= 25 and states["pending"] >= 1

        again = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert again.returncode == 0, again.stderr
        assert read_rows(out)["status"].tolist() == ["done"] * 120
        created = [record for record in server.log(has_effect=True) if record["path"].endswith("/customers")]
        assert len(created) == 120

        listed = subprocess.run(
            [sys.executable, "-m", "penstock", "runs", "--json"],
            env=environment, capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert [run["name"] for run in json.loads(listed.stdout)] == ["rows-stripe-customers.create"]


def test_the_services_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """`penstock integrations` names every service; --json gives counts that agree with the operations of each."""
    out, _ = said(capsys, "integrations")
    listed = json.loads(said(capsys, "integrations", "--json")[0])
    assert {"github", "mailchimp", "shopify", "slack", "stripe"} <= {entry["name"] for entry in listed}
    for entry in listed:
        assert entry["name"] in out and entry["title"] in out
        card = json.loads(said(capsys, "integrations", entry["name"], "--json")[0])
        assert len(card["operations"]) == entry["named"] > 0
        assert card["operations_in_all"] == entry["operations"] >= entry["named"]
        text, _ = said(capsys, "integrations", entry["name"])
        assert card["docs"] in text and card["operations"][0]["name"] in text
    assert "stripe" in said(capsys, "integrations", "stirpe", code=2)[1]


def test_the_doctor_finds_this_installation_well(capsys: pytest.CaptureFixture[str]) -> None:
    """`penstock doctor` ends with 0, each line ok or warn, the lines that are not ok with advice."""
    findings = json.loads(said(capsys, "doctor", "--json")[0])
    assert {finding["state"] for finding in findings} <= {"ok", "warn"}
    assert all(finding["advice"] for finding in findings if finding["state"] != "ok")
    subjects = {finding["subject"] for finding in findings}
    assert {
        "penstock",
        "packages",
        "ipykernel",
        "pyreqwest",
        "home, writing",
        "sandbox",
        "widgets",
    } <= subjects
    assert "home, writing" in said(capsys, "doctor")[0]


def test_the_doctor_finds_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A home that cannot be written is a failure and 1; ipykernel 7.3.0 is a warning with what to install."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PENSTOCK_HOME", str(tmp_path / "file" / "home"))
    monkeypatch.setattr("penstock.cli.doctor._version", lambda package: "7.3.0")
    found = {
        finding["subject"]: finding for finding in json.loads(said(capsys, "doctor", "--json", code=1)[0])
    }
    assert found["home, writing"]["state"] == "fail" and "PENSTOCK_HOME" in found["home, writing"]["advice"]
    assert found["ipykernel"]["state"] == "warn" and "7.4" in found["ipykernel"]["advice"]


def test_the_sandbox_command_serves_until_it_is_stopped() -> None:
    """`penstock sandbox --json` prints one line with addresses and keys, answers there, and ends with 0 on SIGTERM."""
    from urllib.request import urlopen

    command = [sys.executable, "-m", "penstock", "sandbox", "--json", "--no-limits", "--seed", "3"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        served = json.loads(server.stdout.readline())
        assert served["stripe"]["base_url"].startswith("http://127.0.0.1:") and served["stripe"]["credential"]
        port = served["stripe"]["base_url"].split(":")[2].split("/")[0]
        with urlopen(f"http://127.0.0.1:{port}/__log", timeout=10) as log:
            assert log.status == 200
        server.terminate()
        assert server.wait(15) == 0
    finally:
        server.kill()
        server.wait()


def test_lab_opens_what_there_is(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`penstock lab` refuses a notebook that does not exist, and hands what follows -- to JupyterLab."""
    assert "nowhere.ipynb" in said(capsys, "lab", str(tmp_path / "nowhere.ipynb"), code=2)[1]
    command = [sys.executable, "-m", "penstock", "lab", str(tmp_path), "--", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and done.stdout.strip()[0].isdigit()


def test_lab_opens_at_the_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The address JupyterLab prints ends in the notebook, seen from the folder one stands in or from its own."""
    from penstock.cli.lab import _places

    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "tour.ipynb").write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert _places(Path("a b/tour.ipynb")) == [
        f"--ServerApp.root_dir={tmp_path}",
        "--LabApp.default_url=/lab/tree/a%20b/tour.ipynb",
    ]
    monkeypatch.chdir("/")
    assert _places(tmp_path / "a b") == [f"--ServerApp.root_dir={tmp_path / 'a b'}"]
    monkeypatch.chdir(tmp_path / "a b")
    (tmp_path / "b.ipynb").write_text("{}")
    assert _places(Path("../b.ipynb"))[1] == "--LabApp.default_url=/lab/tree/b.ipynb"


def test_the_demo_shows_the_main_job(capsys: pytest.CaptureFixture[str]) -> None:
    """`penstock demo` sends messy rows through a failing API, and the server's own log bears the frame out."""
    out, _ = said(capsys, "demo", "--rows", "60")
    assert "60 customers exist, for 60 rows" in out and "0 exist twice" in out
    assert "nothing happened twice" in out
    assert said(capsys, "demo", "--rows", "0", code=2)


def test_the_demo_does_not_take_the_frames_word_for_it() -> None:
    """The control: customers that exist twice, or that the frame does not know of, are found and make it fail."""
    from penstock.cli.demo import _judge

    class Server:
        def __init__(self, *created: tuple[str, str]) -> None:
            self.created = created

        def log(self) -> list[dict[str, object]]:
            keys = [(id, {"metadata": {"customer_id": customer}}) for id, customer in self.created]
            effects = [{"kind": "customers.create", "id": id, "key": key} for id, key in keys]
            return [{"status": 200, "fault": None, "effect": effect} for effect in effects]

    frame = pd.DataFrame({"status": ["done", "done"], "stripe_id": ["cus_1", "cus_2"]})
    good = [("cus_1", "C-1"), ("cus_2", "C-2")]
    assert _judge(Server(*good), frame) == 0  # type: ignore[arg-type]
    for wrong in ([*good, ("cus_3", "C-2")], [*good, ("cus_3", "C-3")], good[:1]):
        assert _judge(Server(*wrong), frame) == 1  # type: ignore[arg-type]
