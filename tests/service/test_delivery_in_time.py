"""Mail for another operator that is to be delivered by a time: withdrawn, told of, handed on. RFC 2852."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.support.builders import NOON
from tests.support.other_operator import PIPELINED, THEIRS
from tests.support.post import PAUL, Post, a_post

from vaguemestre.mail.address import Address
from vaguemestre.mail.deliver_by import By, Lateness
from vaguemestre.mail.dsn import NO_WISH
from vaguemestre.smtp.parameters import parse_rcpt_parameters

BUSY = "421 4.3.2 busy"
KEEPS_TIME = (*PIPELINED, "DSN", "DELIVERBY 60")
WITHIN_AN_HOUR = By(3600, Lateness.RETURN)
TOLD_IN_AN_HOUR = By(3600, Lateness.NOTIFY)


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with a_post(tmp_path) as made:
        yield made


async def test_what_is_late_is_withdrawn_and_its_sender_told(post: Post) -> None:
    post.peer.greeting = BUSY
    await post.queue("q1", by=WITHIN_AN_HOUR)
    await post.send()
    post.world.clock.pass_(minutes=59)
    await post.upkeep.run_once(100)
    assert len(await post.waiting()) == 1
    post.world.clock.pass_(minutes=1)
    await post.upkeep.run_once(100)
    assert await post.waiting() == []
    assert await post.states("q1") == {"paul": ("expired", "5.4.7")}
    (told,) = await post.told()
    assert "Action: failed" in told
    assert "Status: 5.4.7" in told
    assert f"Deliver-By-Date: {format_datetime(NOON + timedelta(hours=1))}" in told
    assert "withdrawn" in told
    post.peer.greeting = "220 peer"
    await post.send()
    assert post.peer.taken == []


async def test_what_the_operator_holds_back_is_withdrawn_in_time_all_the_same(post: Post) -> None:
    await post.queue("q1", by=WITHIN_AN_HOUR)
    await post.world.store.write(lambda tx: tx.outbound.hold("q1"), "test")
    post.world.clock.pass_(hours=1)
    await post.upkeep.run_once(100)
    assert await post.states("q1") == {"paul": ("expired", "5.4.7")}


async def test_who_asked_to_be_told_is_told_once_at_his_time_and_it_is_tried_further(post: Post) -> None:
    post.peer.greeting = BUSY
    asked = {name: parse_rcpt_parameters(f"NOTIFY={name}") for name in ("FAILURE", "NEVER", "SUCCESS")}
    recipients = [(Address(name, THEIRS), wish) for name, wish in asked.items()]
    await post.queue("q1", recipients, by=TOLD_IN_AN_HOUR)
    await post.send()
    for _ in range(6):  # the operator's own notice comes after four hours
        post.world.clock.pass_(hours=1)
        await post.upkeep.run_once(100)
    (told,) = await post.told()
    assert "Action: delayed" in told
    assert f"Deliver-By-Date: {format_datetime(NOON + timedelta(hours=1))}" in told
    assert {name for name in asked if f"rfc822; {name}@" in told} == {"FAILURE", "SUCCESS"}
    assert len(await post.waiting()) == 1
    post.world.clock.pass_(days=5)
    await post.upkeep.run_once(100)
    assert {state for state, _ in (await post.states("q1")).values()} == {"expired"}


async def test_a_time_that_is_over_was_told_of_by_who_brought_the_message(post: Post) -> None:
    post.peer.greeting = BUSY
    await post.queue("q1", by=By(-5, Lateness.NOTIFY))
    post.world.clock.pass_(hours=8)
    await post.upkeep.run_once(100)
    assert await post.told() == []


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (WITHIN_AN_HOUR, " BY=1800;R"),
        (By(3600, Lateness.RETURN, is_traced=True), " BY=1800;RT"),
        (By(900, Lateness.NOTIFY), " BY=-900;N"),
        (None, ""),
    ],
)
async def test_what_is_left_of_the_time_is_handed_on(post: Post, by: By | None, said: str) -> None:
    post.peer.extensions = KEEPS_TIME
    await post.queue("q1", by=by)
    post.world.clock.pass_(minutes=30)
    await post.send()
    (taken,) = post.peer.taken
    assert taken.mail.rstrip().endswith(said or f"SIZE={len(taken.octets)}")
    assert await post.states("q1") == {"paul": ("delivered", "")}


@pytest.mark.parametrize(
    ("extensions", "status"),
    [(PIPELINED, "5.3.3"), ((*PIPELINED, "DELIVERBY 1801"), "5.4.7"), ((*PIPELINED, "DELIVERBY"), "")],
)
async def test_who_promises_nothing_is_handed_nothing_that_must_be_in_time(
    post: Post, extensions: tuple[str, ...], status: str
) -> None:
    post.peer.extensions = extensions
    await post.queue("q1", by=WITHIN_AN_HOUR)
    post.world.clock.pass_(minutes=30)
    await post.send()
    assert await post.states("q1") == {"paul": ("refused" if status else "delivered", status)}
    assert len(post.peer.taken) == (not status)
    assert ("Action: failed" in "".join(await post.told())) == bool(status)


async def test_nothing_is_sent_between_its_time_and_its_withdrawal(post: Post) -> None:
    post.peer.extensions = KEEPS_TIME
    await post.queue("q1", by=WITHIN_AN_HOUR)
    post.world.clock.pass_(hours=1)
    await post.send()
    assert post.peer.taken == []
    assert await post.states("q1") == {"paul": ("refused", "5.4.7")}


@pytest.mark.parametrize(
    ("extensions", "by", "notify", "is_told"),
    [
        (KEEPS_TIME, By(3600, Lateness.NOTIFY), "", False),
        (KEEPS_TIME, By(3600, Lateness.NOTIFY, is_traced=True), "", True),
        (KEEPS_TIME, By(3600, Lateness.RETURN, is_traced=True), "NOTIFY=FAILURE", True),
        (KEEPS_TIME, By(3600, Lateness.NOTIFY, is_traced=True), "NOTIFY=NEVER", False),
        ((*PIPELINED, "DSN"), By(3600, Lateness.NOTIFY), "", True),  # nobody minds the time from here on
        ((*PIPELINED, "DSN"), By(3600, Lateness.NOTIFY), "NOTIFY=NEVER", False),
        ((*PIPELINED, "DSN"), None, "", False),
    ],
)
async def test_a_hop_is_told_to_who_traces_and_to_whom_it_ends_the_watch(
    post: Post, extensions: tuple[str, ...], by: By | None, notify: str, is_told: bool
) -> None:
    post.peer.extensions = extensions
    await post.queue("q1", ((PAUL, parse_rcpt_parameters(notify) if notify else NO_WISH),), by=by)
    await post.send()
    told = await post.told()
    assert len(told) == is_told
    assert all("Action: relayed" in one for one in told)
