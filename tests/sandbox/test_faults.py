"""Tests of the faults: each does what it says, judged by the log and by what the client saw."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections import Counter

import pytest

from penstock.errors import UnknownName, UsageError
from penstock.sandbox.faults import AFTER, BEFORE, FAULTS, Faults
from penstock.sandbox.vendors import NAMES

CUT = (http.client.RemoteDisconnected, ConnectionResetError)


def _script(fault: str, times: int = 1, **more: object) -> dict[str, object]:
    return {"script": [{"match": "POST /stripe/v1/customers", "fault": fault, "times": times, **more}]}


def _ids(box) -> list[str]:
    return [entry["effect"]["id"] for entry in box.log(has_effect=True)]


@pytest.mark.parametrize("fault", FAULTS)
def test_an_effect_happens_after_the_faults_that_say_so_and_before_no_other(make_box, stripe_call, fault):
    """One faulty create leaves one customer when the fault comes after the effect, none when it comes before."""
    box = make_box(names=["stripe"], faults={**_script(fault), "slow_s": 0.01})
    try:
        stripe_call(box, "POST", "/v1/customers", "email=a@b.co", key="k1")
    except CUT:
        pass
    entry = box.log()[-1]
    assert entry["fault"] == fault
    assert (entry["effect"] is not None) == (fault in AFTER)
    listed = stripe_call(box, "GET", "/v1/customers").json()["data"]
    assert [record["id"] for record in listed] == _ids(box)
    assert fault in BEFORE + AFTER


@pytest.mark.parametrize("fault", ["drop", "drop_after_effect"])
def test_a_dropped_call_has_no_answer(make_box, stripe_call, fault):
    """The client sees the connection end, and the log an answer that was never sent."""
    box = make_box(names=["stripe"], faults=_script(fault))
    with pytest.raises(CUT):
        stripe_call(box, "POST", "/v1/customers", "email=a@b.co")
    assert box.log()[-1]["status"] is None
    assert stripe_call(box, "POST", "/v1/customers", "email=a@b.co").status == 200


def test_a_gateway_page_and_a_sign_in_page_are_not_json(make_box, stripe_call):
    """502_after_effect and html answer HTML, with the statuses they name."""
    box = make_box(names=["stripe"])
    for fault, status in (("502_after_effect", 502), ("html", 200)):
        box.set_faults(_script(fault))
        answer = stripe_call(box, "POST", "/v1/customers", "email=a@b.co")
        assert answer.status == status
        assert answer.headers["Content-Type"].startswith("text/html")
        with pytest.raises(json.JSONDecodeError):
            answer.json()


def test_a_truncated_answer_is_whole_http_and_broken_json(make_box, stripe_call):
    """The Content-Length fits the bytes that came, and they are the beginning of the answer."""
    box = make_box(names=["stripe"], faults=_script("truncated"))
    answer = stripe_call(box, "POST", "/v1/customers", "email=a@b.co")
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert answer.body.startswith(b'{"id":"cus_')
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_slow_answer_is_the_right_one_and_others_do_not_wait_for_it(make_box, stripe_call):
    """While one client waits for its slow answer, another is answered."""
    box = make_box(names=["stripe"], faults={**_script("slow"), "slow_s": 60})
    auth = {"Authorization": f"Bearer {box.credential('stripe')['secret_key']}"}
    waiting = http.client.HTTPConnection("127.0.0.1", box.port, timeout=0.3)
    waiting.request(
        "POST",
        "/stripe/v1/customers",
        "email=a@b.co",
        {**auth, "Content-Type": "application/x-www-form-urlencoded"},
    )
    with pytest.raises(TimeoutError):
        waiting.getresponse()
    assert len(stripe_call(box, "GET", "/v1/customers").json()["data"]) == 1
    waiting.close()


def test_a_client_that_left_before_its_slow_answer_harms_nobody(make_box, stripe_call):
    """The answer to nobody is dropped, and the next call is served."""
    box = make_box(names=["stripe"], faults={**_script("slow"), "slow_s": 0.1})
    gone = http.client.HTTPConnection("127.0.0.1", box.port, timeout=5)
    auth = {"Authorization": f"Bearer {box.credential('stripe')['secret_key']}"}
    gone.request("POST", "/stripe/v1/customers", "email=a@b.co", auth)
    deadline = time.monotonic() + 5
    while not box.log() and time.monotonic() < deadline:
        time.sleep(0.01)
    gone.close()
    time.sleep(0.2)  # the answer's time comes and goes
    assert stripe_call(box, "GET", "/v1/customers").status == 200


@pytest.mark.parametrize(
    ("name", "path", "status", "retry_after"),
    [("stripe", "/v1/customers", 429, None), ("mailchimp", "/ping", 429, None), ("github", "/user", 429, "1"),
     ("slack", "/auth.test", 429, "1"), ("openai", "/models", 429, "1"), ("shopify", "/graphql.json", 200, None)],
)  # fmt: skip
def test_429_is_each_vendors_own_throttle_answer(make_box, call, name, path, status, retry_after):
    """The fault named 429 throttles as the vendor does: a 429, or THROTTLED in a 200."""
    box = make_box(names=[name], faults={"429": 1.0})
    answer = call(box.base_url(name) + path, User_Agent="test")
    assert answer.status == status
    assert answer.headers["Retry-After"] == retry_after
    if name == "shopify":
        assert answer.json()["errors"][0]["extensions"]["code"] == "THROTTLED"


def test_shares_are_met_and_the_same_seed_gives_the_same_faults():
    """Of 4,000 requests about the share asked for is hit; the same seed hits the same ones."""
    shares = {"429": 0.05, "500": 0.02, "drop_after_effect": 0.01}
    runs = []
    for seed in (7, 7, 8):
        faults = Faults(NAMES, random.Random(seed), shares)
        runs.append([faults.choose("stripe", "POST", "/stripe/v1/customers", "", b"") for _ in range(4000)])
    assert runs[0] == runs[1] != runs[2]
    counts = Counter(runs[0])
    for name, share in shares.items():
        assert 0.6 * share < counts[name] / 4000 < 1.4 * share


def test_shares_of_one_vendor_leave_the_others_alone():
    """{"stripe": {...}} touches Stripe only, and overrides what is said for all."""
    faults = Faults(NAMES, random.Random(0), {"500": 1.0, "stripe": {"500": 0.0, "drop": 1.0}})
    assert faults.choose("stripe", "GET", "/stripe/v1/balance", "", b"") == "drop"
    assert faults.choose("slack", "POST", "/slack/api/auth.test", "", b"") == "500"


def test_a_script_falls_on_the_calls_it_names_and_as_often_as_it_says():
    """match, skip, times and contains all have to agree."""
    script = [{"match": "* /slack/*", "fault": "500", "times": 2, "skip": 1, "contains": "row-7"}]
    faults = Faults(NAMES, random.Random(0), {"script": script})
    calls = [
        ("stripe", b"row-7"),
        ("slack", b"row-7"),
        ("slack", b"row-8"),
        ("slack", b"row-7"),
        ("slack", b"row-7"),
        ("slack", b"row-7"),
    ]
    got = [faults.choose(vendor, "POST", f"/{vendor}/x", "", body) for vendor, body in calls]
    assert got == [None, None, None, "500", "500", None]


@pytest.mark.parametrize(
    "wrong",
    [{"50": 0.1}, {"500": 1.5}, {"500": "much"}, {"500": 0.6, "429": 0.6}, {"stripe": {"dorp": 0.1}}, {"slow_s": -1},
     {"script": [{"match": "x", "fault": "nope"}]}, {"script": [{"mach": "x", "fault": "drop"}]}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused_and_change_nothing(wrong):
    """A wrong setting raises and leaves the faults as they were."""
    faults = Faults(NAMES, random.Random(0), {"500": 0.25})
    before = faults.describe()
    with pytest.raises((UsageError, UnknownName)):
        faults.change(wrong)
    assert faults.describe() == before


def test_an_empty_setting_ends_every_fault_and_a_script_leaves_the_shares():
    """{} clears shares and script; a script alone replaces the script only."""
    faults = Faults(NAMES, random.Random(0), {"500": 0.25})
    faults.change({"script": [{"match": "*", "fault": "drop"}]})
    assert (faults.describe()["500"], len(faults.describe()["script"])) == (0.25, 1)
    faults.change({})
    assert faults.describe() == {"slow_s": 2.0, "script": []}
