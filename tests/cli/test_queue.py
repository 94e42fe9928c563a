"""The queue from the command line: what waits is put there by hand, as accepting a message does."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.command_line import CITIZEN, DOCTOR, CommandLine

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.deliver_by import DeliverBy, Lateness
from vaguemestre.mail.dsn import NO_WISH
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.outbound import OUTGOING, NewOutbound
from vaguemestre.service.ports.vault import KeyDay, SealedBody
from vaguemestre.services import SystemClock, open_services
from vaguemestre.settings import read_settings

CITIZEN_ELSEWHERE = Address(CITIZEN.partition("@")[0], "patient.autre.example")


@pytest.fixture
def queued(vaguemestre: CommandLine) -> CommandLine:
    """Two messages: one young, for two domains, one that waits since yesterday."""

    async def work() -> None:
        now = datetime.now(UTC)
        async with open_services(read_settings(vaguemestre.config), SystemClock()) as services:
            for queue_id, at, recipients in (
                ("young", now, (CITIZEN_ELSEWHERE, Address("labo", "labo.example"))),
                ("old", now - timedelta(hours=20), (CITIZEN_ELSEWHERE,)),
            ):
                octets = queue_id.ljust(16).encode()
                body = SealedBody(BodyId(octets), OUTGOING, KeyDay(20_000), 42_000, b"x", None, None, b"x")
                new = NewOutbound(
                    None, queue_id, parse_address(DOCTOR), [(one, NO_WISH) for one in recipients], body, at
                )
                if queue_id == "young":
                    new = replace(new, deliver_by=DeliverBy(now + timedelta(hours=1), Lateness.RETURN))
                await services.store.write(lambda tx, one=new: tx.outbound.add(one), "test")  # type: ignore[misc]  # mypy loses the type of a lambda with a default

    asyncio.run(work())
    return vaguemestre


def journal(config: Path) -> list[JournalEntry]:
    async def work() -> list[JournalEntry]:
        async with open_services(read_settings(config), SystemClock()) as services:
            return await services.store.read(lambda tx: tx.journal.entries())

    return asyncio.run(work())


def test_what_waits_is_listed_and_an_ins_is_masked(queued: CommandLine) -> None:
    said = queued("queue", "list").out
    assert said.index("old") < said.index("young")
    assert "42.0 kB" in said
    shown = queued("queue", "show", "young").out
    assert "labo@labo.example" in shown
    assert "to be delivered by" in shown
    assert "else withdrawn" in shown
    assert "to be delivered by" not in queued("queue", "show", "old").out
    assert CITIZEN_ELSEWHERE.local not in shown
    assert CITIZEN_ELSEWHERE.local in queued("queue", "show", "young", "--show-ins").out
    listed = queued("queue", "list", "--domain", "LABO.example", "--json").json()
    assert isinstance(listed, list)
    assert [(one["queue_id"], one["deliver_by_mode"]) for one in listed] == [("young", "R")]


def test_ages_show_who_does_not_answer(queued: CommandLine) -> None:
    found = queued("queue", "ages", "--json").json()
    assert isinstance(found, list)
    by_domain = {one["domain"]: one for one in found}
    assert by_domain["labo.example"]["by_age"]["300"] == 1
    assert by_domain["patient.autre.example"]["by_age"]["86400"] == 1
    assert by_domain["patient.autre.example"]["total"] == 2
    assert "TOTAL" in queued("queue", "ages").out


def test_a_message_is_held_retried_and_dropped_and_the_journal_says_who(queued: CommandLine) -> None:
    assert queued("queue", "hold", "young").status == 0
    held = queued("queue", "list", "--state", "held", "--json").json()
    assert isinstance(held, list)
    assert len(held) == 2
    assert "1 delivery tried" in queued("queue", "retry").out
    assert "2 deliveries tried" in queued("queue", "retry", "young").out
    assert "2 recipients" in queued("queue", "drop", "young").out
    assert queued("queue", "show", "young").status == 3
    acts = [entry.event for entry in journal(queued.config) if entry.actor.startswith("operator:")]
    assert acts[:4] == ["dropped", "retried", "retried", "held back"]


def test_what_does_not_wait_is_not_found(queued: CommandLine) -> None:
    for command in ("show", "hold", "drop", "retry"):
        said = queued("queue", command, "0123456789ab")
        assert (said.status, said.out) == (3, "")
        assert "Nothing waits as 0123456789ab" in said.err
