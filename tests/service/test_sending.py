"""Sending what is queued: real sockets and TLS, a real database, a clock that tests move. domain.md §6."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.support.builders import NOON
from tests.support.other_operator import PIPELINED, THEIRS
from tests.support.post import ANNE, LETTER, PAUL, Post, a_post

from vaguemestre.mail.address import Address
from vaguemestre.mail.dsn import NO_WISH, Notify, Wish
from vaguemestre.service.outbound.sending import Sending, SendingTerms
from vaguemestre.service.ports.outbound import OUTGOING, LeasedDelivery, WaitState
from vaguemestre.service.ports.store import Transaction
from vaguemestre.smtp.parameters import parse_rcpt_parameters


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with a_post(tmp_path) as made:
        yield made


async def test_a_message_is_sent_once_to_all_its_recipients_and_leaves(post: Post) -> None:
    await post.queue("q1", ((PAUL, NO_WISH), (ANNE, NO_WISH)))
    await post.send()
    (taken,) = post.peer.taken
    assert taken.mail.startswith("MAIL FROM:<claire@cabinet.mssante.fr> SIZE=")
    assert taken.recipients == [f"RCPT TO:<{one}>" for one in (ANNE, PAUL)]
    assert taken.octets == LETTER.partition(b"\r\n")[2]
    assert await post.states("q1") == {"paul": ("delivered", ""), "anne": ("delivered", "")}
    await post.upkeep.run_once(100)
    assert await post.world.store.read(lambda tx: tx.outbound.days()) == set()


async def test_many_messages_share_connections(post: Post) -> None:
    for number in range(30):
        await post.queue(f"q{number}")
    await post.send()
    assert len(post.peer.taken) == 30
    assert post.peer.connections <= 10


async def test_a_refusal_is_told_in_our_words_and_others_have_it(post: Post) -> None:
    post.peer.rcpt = lambda line: "550 5.1.1 no <anne> at mx7" if "anne" in line else "250 ok"
    await post.queue("q1", ((PAUL, Wish(frozenset({Notify.SUCCESS}))), (ANNE, NO_WISH)))
    await post.send()
    assert await post.states("q1") == {"paul": ("delivered", ""), "anne": ("refused", "5.1.1")}
    told = "".join(await post.told())
    assert "Action: failed" in told
    assert "Action: relayed" in told
    assert "Status: 5.1.1" in told
    assert "<1@cabinet.mssante.fr>" in told
    assert "mx7" not in told


async def test_a_refusal_for_now_waits_longer_each_time(post: Post) -> None:
    post.peer.rcpt = lambda _: "450 4.2.0 greylisted"
    await post.queue("q1")
    await post.send()
    (waiting,) = await post.world.store.read(lambda tx: tx.outbound.of("q1"))
    assert (waiting.attempts, waiting.reason) == (1, "450 4.2.0")
    assert waiting.due_at == post.world.clock.now() + timedelta(minutes=1)
    await post.send()
    assert post.peer.connections == 1
    post.world.clock.pass_(minutes=1)
    await post.send()
    (waiting,) = await post.world.store.read(lambda tx: tx.outbound.of("q1"))
    assert waiting.due_at == post.world.clock.now() + timedelta(minutes=5)
    post.peer.rcpt = lambda _: "250 ok"
    post.world.clock.pass_(minutes=5)
    await post.send()
    assert await post.states("q1") == {"paul": ("delivered", "")}


async def test_a_dead_destination_is_left_alone_and_the_others_are_not(post: Post) -> None:
    dead = Address("x", "mort.example")
    for number in range(20):
        await post.queue(f"dead{number}", ((dead, NO_WISH),))
    await post.queue("q1")
    await post.send()
    assert len(post.peer.taken) == 1
    pause = await post.world.store.read(lambda tx: tx.outbound.paused("mort.example"))
    assert pause is not None
    assert pause.failures == 1
    waiting = await post.world.store.read(lambda tx: tx.outbound.listed(destination="mort.example"))
    assert {one.attempts for one in waiting} == {0}
    post.world.clock.pass_(minutes=1)
    await post.send()
    again = await post.world.store.read(lambda tx: tx.outbound.paused("mort.example"))
    assert again is not None
    assert (again.failures, again.since) == (2, pause.since)
    assert again.until == post.world.clock.now() + timedelta(minutes=5)


async def test_a_message_on_which_the_other_side_falls_is_parked_and_the_others_go_by(post: Post) -> None:
    await post.queue("good0")
    await post.send()
    post.peer.mail = lambda line: "250 ok"
    await post.queue("bad", ((Address("poison", THEIRS), NO_WISH),))
    falls = {"now": False}

    def rcpt(line: str) -> str:
        falls["now"] = "poison" in line
        return "250 ok"

    post.peer.rcpt = rcpt
    post.peer.final = lambda _: None if falls["now"] else "250 ok"
    for number in range(1, 8):
        await post.queue(f"good{number}")
        await post.send()
        post.world.clock.pass_(hours=3)
    (bad,) = await post.world.store.read(lambda tx: tx.outbound.of("bad"))
    assert bad.state is WaitState.PARKED
    assert len(post.peer.taken) == 8


async def test_what_must_have_tls_all_the_way_comes_back_where_it_is_not_offered(post: Post) -> None:
    post.peer.extensions = ("PIPELINING",)
    await post.queue("q1", requires_tls=True)
    await post.send()
    assert await post.states("q1") == {"paul": ("refused", "5.7.30")}
    assert post.peer.taken == []


async def test_the_sender_is_told_after_four_hours_and_it_comes_back_after_five_days(post: Post) -> None:
    post.peer.greeting = "421 4.3.2 busy"
    await post.queue("q1", ((PAUL, NO_WISH), (ANNE, Wish(frozenset({Notify.NEVER})))))
    await post.send()
    post.world.clock.pass_(hours=4, seconds=1)
    await post.upkeep.run_once(100)
    await post.upkeep.run_once(100)
    (delay,) = await post.told()
    assert "Action: delayed" in delay
    assert f"Will-Retry-Until: {format_datetime(NOON + timedelta(days=5))}" in delay
    assert "anne" not in delay
    post.world.clock.pass_(days=5)
    await post.upkeep.run_once(100)
    assert await post.states("q1") == {"paul": ("expired", "4.4.7"), "anne": ("expired", "4.4.7")}
    told = await post.told()
    assert len(told) == 2
    assert any("Action: failed" in one and "Status: 4.4.7" in one for one in told)


async def test_who_asked_for_other_notices_is_told_of_no_delay(post: Post) -> None:
    wishes = {"failure": "FAILURE", "success": "SUCCESS", "delay": "DELAY", "never": "NEVER"}
    asked = {name: parse_rcpt_parameters(f"NOTIFY={words}") for name, words in wishes.items()}
    asked["original"] = parse_rcpt_parameters("ORCPT=rfc822;x@y")
    post.peer.greeting = "421 4.3.2 busy"
    await post.queue("q1", [(Address(name, THEIRS), wish) for name, wish in asked.items()])
    await post.send()
    post.world.clock.pass_(hours=4, seconds=1)
    await post.upkeep.run_once(100)
    (told,) = await post.told()
    assert {name for name in asked if f"rfc822; {name}@" in told} == {"delay", "original"}


async def test_after_a_kill_it_is_sent_again_when_the_lease_has_run_out(post: Post) -> None:
    await post.queue("q1")
    now = post.world.clock.now()

    def killed(tx: Transaction) -> list[LeasedDelivery]:
        return tx.outbound.lease(THEIRS, "killed", now, now + timedelta(minutes=3), 10)

    assert len(await post.world.store.write(killed, "test")) == 1
    await post.send()
    assert post.peer.taken == []
    post.world.clock.pass_(minutes=3)
    await post.send()
    assert len(post.peer.taken) == 1


async def test_the_only_process_takes_over_what_a_killed_one_had_but_not_what_may_have_killed_it(
    post: Post,
) -> None:
    now = post.world.clock.now()
    for name in ("q1", "deadly"):
        await post.queue(name)

    def killed(tx: Transaction) -> list[LeasedDelivery]:
        return tx.outbound.lease(THEIRS, "killed", now, now + timedelta(minutes=3), 10)

    def tried_often(tx: Transaction) -> None:
        for _ in range(3):
            leased = killed(tx)
            (deadly,) = (one.lease for one in leased if one.delivery.queue_id == "deadly")
            tx.outbound.defer(deadly, now, "")
            tx.outbound.release([one.lease for one in leased if one.lease != deadly], now)

    await post.world.store.write(tried_often, "test")
    lost = {one.delivery.queue_id: one.lease for one in await post.world.store.write(killed, "test")}
    await post.sending.take_over()
    await post.send()
    assert len(post.peer.taken) == 1
    assert await post.states("q1") == {"paul": ("delivered", "")}
    assert [one.queue_id for one in await post.waiting()] == ["deadly"]
    standing = await post.world.store.read(lambda tx: tx.outbound.stands(lost["deadly"]))
    assert standing


async def test_the_key_of_a_day_dies_when_its_last_message_has_left(post: Post) -> None:
    await post.queue("q1")
    post.world.clock.pass_(days=3)
    await post.upkeep.run_once(100)
    assert len(await post.world.vault.days(OUTGOING)) == 1
    await post.send()
    await post.upkeep.run_once(100)
    await post.told()
    await post.upkeep.run_once(100)
    await post.upkeep.run_once(100)
    assert await post.world.vault.days(OUTGOING) == set()


async def test_a_gateway_alone_sends_nothing(post: Post) -> None:
    await post.queue("q1")
    alone = Sending(post.world.store, post.world.vault, post.world.clock, None, SendingTerms(), "us")
    assert await alone.run_once(100) == 0
    assert post.peer.connections == 0


async def test_a_lease_that_ran_out_on_the_way_is_renewed_before_the_message_ends(post: Post) -> None:
    post.peer.silent, post.peer.hangs, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def final(_: bytes) -> str:
        ended.set()
        return "250 ok"

    post.peer.final = final
    await post.queue("q1")
    sending = asyncio.create_task(post.send())
    await post.peer.met.wait()
    post.world.clock.pass_(minutes=2)
    post.peer.silent.set()
    await ended.wait()
    (waiting,) = await post.waiting()
    assert (waiting.due_at, waiting.attempts) == (post.world.clock.now() + timedelta(minutes=1), 1)
    post.peer.hangs.set()
    await sending
    assert await post.states("q1") == {"paul": ("delivered", "")}


@pytest.mark.parametrize("extensions", [PIPELINED, ("PIPELINING",), ()])
async def test_who_lost_his_lease_to_another_ends_no_message_and_changes_nothing(
    post: Post, extensions: tuple[str, ...]
) -> None:
    post.peer.extensions, post.peer.silent = extensions, asyncio.Event()
    await post.queue("q1")
    sending = asyncio.create_task(post.send())
    await post.peer.met.wait()
    post.world.clock.pass_(minutes=2)
    now = post.world.clock.now()

    def other(tx: Transaction) -> list[LeasedDelivery]:
        return tx.outbound.lease(THEIRS, "other", now, now + timedelta(minutes=1), 10)

    (theirs,) = await post.world.store.write(other, "test")
    post.peer.silent.set()
    await sending
    assert post.peer.taken == []
    (waiting,) = await post.waiting()
    assert (waiting.owner, waiting.due_at, waiting.attempts) == ("other", theirs.lease.until, 2)


async def test_what_the_operator_takes_out_while_it_is_on_its_way_is_not_sent(post: Post) -> None:
    post.peer.silent = asyncio.Event()
    for name in ("q1", "q2"):
        await post.queue(name)
    sending = asyncio.create_task(post.send())
    await post.peer.met.wait()
    await post.world.store.write(lambda tx: tx.outbound.hold("q1"), "test")
    post.peer.silent.set()
    await sending
    (held,) = await post.waiting()
    assert (held.queue_id, held.state, len(post.peer.taken)) == ("q1", WaitState.HELD, 1)
