"""A vendor played from a declaration: records, refusals, keys and limits as the declaration has them."""

from __future__ import annotations

import asyncio
import base64

from toy import TOY, World

DUCK = '{"duck": {"properties": {"name": "Ada"}}, "owner": "me"}'


def test_what_is_created_can_be_read_changed_and_deleted() -> None:
    """A record lives as long as its client wants, and each change is an effect."""
    world = World()
    made = world.ask("POST", "/v2/ducks", DUCK)
    assert (made.status, made.data) == (200, {"owner": "me", "name": "Ada", "id": "d1"})
    assert world.ask("GET", "/v2/ducks/d1").data == made.data
    assert (
        world.ask("PATCH", "/v2/ducks/d1", '{"duck": {"properties": {"name": "Eve"}}}').data["name"] == "Eve"
    )
    assert world.ask("DELETE", "/v2/ducks/d1").status == 204
    assert world.ask("GET", "/v2/ducks/d1").status == 404
    assert [effect.kind for effect in world.effects] == ["ducks.create", "ducks.update", "ducks.delete"]
    assert world.effects[0].key == {"name": "Ada"}


def test_refusals_have_the_vendors_form() -> None:
    """Without a key, with a wrong one, without a field, for nothing there: status and body as declared."""
    world = World(refusals={"invalid": (422, "bad_field", "{what} is required")})
    assert world.ask("GET", "/v2/ducks", Authorization="").status == 401
    assert world.ask("GET", "/v2/ducks", Authorization="Bearer wrong").status == 401
    lacking = world.ask("POST", "/v2/ducks", '{"duck": {"properties": {}}}')
    assert (lacking.status, lacking.data) == (
        422,
        {"error": {"message": "name is required", "code": "bad_field"}},
    )
    assert world.ask("GET", "/v2/geese").status == 404
    assert world.ask("POST", "/v2/ducks", "{not json").status == 422
    assert world.effects == []


def test_every_declared_way_to_sign_is_read() -> None:
    """Bearer, two header fields and Basic all say whose request it is; a revoked key says nothing."""
    world = World()
    key = world.vendor.keys.text()
    basic = base64.b64encode(f"a@b.co:{key}".encode()).decode()
    assert world.ask("GET", "/v2/ducks", Authorization=f"Basic {basic}").status == 200
    assert world.ask("GET", "/v2/ducks", Authorization="", X_Key=key, X_App="x").status == 200
    assert world.ask("GET", "/v2/ducks", Authorization="", X_Key=key).status == 401
    world.vendor.keys.revoke()
    assert world.ask("GET", "/v2/ducks").status == 401


def test_two_accounts_are_two_worlds() -> None:
    """What one account made, another does not see."""
    world = World()
    world.ask("POST", "/v2/ducks", DUCK)
    other = f"Bearer {world.vendor.keys.text('second')}"
    assert world.ask("GET", "/v2/ducks").data == {"ducks": [{"owner": "me", "name": "Ada", "id": "d1"}]}
    assert world.ask("GET", "/v2/ducks", Authorization=other).data == {"ducks": []}


def test_what_lies_below_a_record_stays_there() -> None:
    """The eggs of one duck are not those of another."""
    world = World()
    world.ask("POST", "/v2/ducks/a/eggs", '{"weight": 1}')
    assert len(world.ask("GET", "/v2/ducks/a/eggs").data["ducks"]) == 1
    assert world.ask("GET", "/v2/ducks/b/eggs").data == {"ducks": []}


def test_a_key_is_remembered_for_its_lifetime() -> None:
    """The same key gives the same answer and no second effect; with another body it is refused; afterwards forgotten."""
    world = World()
    first = world.ask("POST", "/v2/ducks", DUCK, key="k")
    assert world.ask("POST", "/v2/ducks", DUCK, key="k").data == first.data
    assert world.ask("POST", "/v2/ducks", DUCK.replace("Ada", "Eve"), key="k").status == 422
    assert len(world.effects) == 1
    asyncio.run(world.clock.advance(3601))
    assert world.ask("POST", "/v2/ducks", DUCK, key="k").data != first.data


def test_the_declared_limit_is_kept_and_told() -> None:
    """Six in ten seconds are one too many; the fields count down; after the window it goes on."""
    world = World(limits=True, wait_fields=lambda seconds: [("Retry-After", str(int(seconds) + 1))])
    answers = [world.ask("GET", "/v2/ducks") for _ in range(6)]
    assert [answer.status for answer in answers] == [200] * 5 + [429]
    assert [answer.headers.get("x-left") for answer in answers[:5]] == ["4", "3", "2", "1", "0"]
    assert (
        answers[0].headers["x-limit"] == "5"
        and int(answers[0].headers["x-reset"]) > world.clock.wall() * 1000
    )
    assert answers[5].headers["retry-after"] == "10"
    asyncio.run(world.clock.advance(10))
    assert world.ask("GET", "/v2/ducks").status == 200


def test_what_is_neither_is_noted() -> None:
    """A call of the vendor's own changes what it names, and the log knows."""
    world = World()
    world.ask("POST", "/v2/ducks", DUCK)
    assert world.ask("POST", "/v2/ducks/d1/feed", '{"bread": "rye"}').data["name"] == "Ada"
    assert [effect.kind for effect in world.effects] == ["ducks.create", "ducks.feed"]


def test_a_key_that_was_used_is_refused_where_the_vendor_does_so() -> None:
    """The same call with its key again gets the first answer, or is refused by a vendor that knows each key once."""
    statuses = {}
    for has_keys_once in (False, True):
        world = World(has_keys_once=has_keys_once)
        statuses[has_keys_once] = [world.ask("POST", "/v2/ducks", DUCK, key="k").status for _ in range(2)]
        assert len(world.effects) == 1
    assert statuses == {False: [200, 200], True: [200, 422]}


def test_the_toy_is_worth_playing() -> None:
    """The toy wraps bodies, keys and limits: what the other tests are about."""
    assert TOY.operations[0].into and TOY.idempotency and TOY.limits


def test_who_overran_a_limit_pays_for_it() -> None:
    """After one call too many everything is refused for the penalty, and nothing after it; without one it goes on sooner."""
    world = World(limits=True, penalty_s=30.0)
    assert [world.ask("GET", "/v2/ducks").status for _ in range(6)] == [200] * 5 + [429]
    asyncio.run(world.clock.advance(20))
    assert world.ask("GET", "/v2/ducks").status == 429
    asyncio.run(world.clock.advance(10))
    assert world.ask("GET", "/v2/ducks").status == 200
