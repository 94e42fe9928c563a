"""Messages sent for later, in a world: sent, looked at where they wait, traced."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR, NOON, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.deliver_by import DeliverBy
from vaguemestre.mail.dsn import NO_WISH, Wish
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import FateState, SubmissionTrace
from vaguemestre.mail.mailbox import SCHEDULED, MessageRow
from vaguemestre.mail.reply import Reply
from vaguemestre.service.ports.store import Transaction

LATER = NOON + timedelta(days=2)
IDENTIFIER = "<nuit-1@logiciel.example>"
SECRET = "Glycémie"


def a_letter(
    sender: str = DOCTOR, to: str = CITIZEN, *more: str, identifier: str = IDENTIFIER, text: str = SECRET
) -> bytes:
    lines = [f"From: {sender}", f"To: {to}", f"Message-ID: {identifier}", f"Subject: {SECRET}", *more]
    return ("\r\n".join(lines) + f"\r\n\r\n{text}\r\n").encode()


async def people(world: World) -> tuple[Bal, Bal, Bal]:
    return await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)


async def held(
    world: World,
    sender: Bal,
    *to: str,
    octets: bytes | None = None,
    until: datetime = LATER,
    wish: Wish = NO_WISH,
    by: DeliverBy | None = None,
) -> Reply:
    like = Envelope(None, (), held_until=until, deliver_by=by)
    return await world.send(sender, octets or a_letter(), *(to or (CITIZEN,)), wish=wish, like=like)


async def lying_in(world: World, holder: Bal, name: str) -> list[MessageRow]:
    def unit(tx: Transaction) -> list[MessageRow]:
        mailbox = tx.mailboxes.by_name(holder.id, name)
        return tx.messages.rows(mailbox.id) if mailbox is not None else []

    return await world.store.read(unit)


async def waiting_of(world: World, holder: Bal) -> list[MessageRow]:
    return await lying_in(world, holder, SCHEDULED)


async def trace(world: World, name: str = IDENTIFIER) -> SubmissionTrace:
    found = await world.tracing.trace(name)
    return found[0]


async def states(world: World, name: str = IDENTIFIER) -> set[FateState]:
    return {fate.state for fate in (await trace(world, name)).fates}


async def reports_to(world: World, holder: Bal) -> list[Message]:
    while await world.reports.run_once(10):
        pass
    read = [message_from_bytes(await world.octets(row), policy=default) for row in await world.inbox(holder)]
    return [message for message in read if message.get_content_type() == "multipart/report"]


async def used(world: World, holder: Bal) -> int:
    account = await world.store.read(lambda tx: tx.bals.by_id(holder.id))
    assert account is not None
    return account.used


async def events(world: World, holder: Bal) -> list[tuple[str, str]]:
    entries = await world.store.read(lambda tx: tx.journal.entries(holder.id))
    return [(entry.event, entry.actor) for entry in entries]


async def set_quota(folder: Path, holder: Bal, quota: int) -> None:
    """No command changes it."""
    with closing(sqlite3.connect(folder / "messages.db")) as database, database:
        database.execute("UPDATE bal SET quota = ? WHERE id = ?", (quota, holder.id))
