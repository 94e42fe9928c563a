"""One identifier follows a message through the log, from its acceptance to its end. domain.md §3 (traces)."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.other_operator import THEIRS, a_dialling, a_trust, another_operator, our_tls
from tests.support.world import World, a_world

from vaguemestre.log import configure_logging
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.dsn import Notify, Wish
from vaguemestre.mail.mailbox import INBOX, SEEN
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.outbound.sending import Sending, SendingTerms

TOLD = Wish(frozenset({Notify.SUCCESS, Notify.FAILURE}))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """The log of this process as ``[log] format = "json"`` has it."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    configure_logging(json=True, level="info", key=b"k" * 32, stream=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def events(log: io.StringIO, queue_id: str) -> list[str]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [
        line["event"]
        for line in lines
        if line.get("queue_id") == queue_id or queue_id in line.get("queue_ids", ())
    ]


def queue_id_of(promise: str) -> str:
    return promise.split("Accepted as ")[1].split()[0]


async def test_a_message_is_followed_from_its_acceptance_to_its_expiry(
    tmp_path: Path, log: io.StringIO
) -> None:
    trust = a_trust(hopital_example="citizen-operator")
    async with a_world(tmp_path, trust=trust) as world, another_operator(tmp_path) as peer:
        doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
        carrier = a_dialling(await our_tls(tmp_path), trust, hopital_example=peer.port)
        sending = Sending(world.store, world.vault, world.clock, carrier, SendingTerms(), "us")
        letter = a_letter(doctor, CITIZEN)
        queue_id = queue_id_of(str(await world.send(doctor, letter, CITIZEN, f"paul@{THEIRS}", wish=TOLD)))
        peer.rcpt = lambda _: "451 4.3.0 later"
        await sending.run_once(100)
        world.clock.pass_(hours=2)
        peer.rcpt = lambda _: "550 5.1.1 nobody"
        await sending.run_once(100)
        await world.reports.run_once(100)
        await read_all(world, citizen)
        world.clock.pass_(days=91)
        await world.expiry.step(100)
    assert events(log, queue_id) == [
        "message_accepted",
        "message_sent",
        "message_sent",
        "sender_told",
        "sender_told",
        "message_read",
        "messages_expired",
    ]
    assert CITIZEN.partition("@")[0] not in log.getvalue()


async def test_a_refusal_at_the_end_of_the_octets_has_the_id_that_the_message_was_given(
    tmp_path: Path, log: io.StringIO
) -> None:
    async with a_world(tmp_path) as world:
        citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
        await world.bal(OTHER_DOCTOR)
        await world.send_parted(citizen, a_letter(citizen, OTHER_DOCTOR), [OTHER_DOCTOR], None)
    (line,) = [json.loads(one) for one in log.getvalue().splitlines() if "message_refused" in one]
    assert line["queue_id"]


async def read_all(world: World, bal: Bal) -> None:
    opened, leave = await world.mailboxes.open(bal.id, INBOX, lambda _: None)
    await opened.store_flags(bal, opened.uids, FlagChange(FlagMode.ADD, SEEN))
    leave()
