"""A reader at work in a bal that is not his: what he may do, what is written down, when it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR
from tests.support.imap_door import PASSWORD, Client, OpenDoor, an_open_door
from tests.support.letters import a_letter
from tests.support.readers import let

from vaguemestre.mail.access import Deed, Right
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import CLOSED_CONVERSATIONS
from vaguemestre.service.access.grants import Access
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction

NAME = f'"{DOCTOR}*{OTHER_DOCTOR}"'  # a star is no part of an atom: clients quote it
READ, SEND, CLOSE, ARRANGE = Right.READ, Right.SEND, Right.CLOSE, Right.ARRANGE
HISTORY = '"Historique d\'acc&AOg-s"'


async def a_secretary(opened: OpenDoor, *rights: Right) -> tuple[Bal, Access]:
    """Two answers of the citizen's lie in the doctor's INBOX, in one conversation."""
    world = opened.world
    secretary = await world.bal(OTHER_DOCTOR, password=PASSWORD)
    access = await let(world, secretary, opened.doctor, *rights)
    await world.send(opened.doctor, a_letter(opened.doctor, CITIZEN, message_id="<1@x>"), CITIZEN)
    for number in (2, 3):
        answer = a_letter(opened.citizen, DOCTOR, message_id=f"<{number}@x>", answers="<1@x>")
        assert (await world.send(opened.citizen, answer, DOCTOR)).is_positive
    return secretary, access


async def deeds(opened: OpenDoor, person: Bal) -> list[JournalEntry]:
    """What the journal has of that person in the doctor's bal, the first first."""
    entries = await opened.world.store.read(lambda tx: tx.journal.entries(opened.doctor.id, limit=1000))
    return [entry for entry in reversed(entries) if entry.actor == f"bal:{person.id}"]


@asynccontextmanager
async def reading(opened: OpenDoor) -> AsyncIterator[Client]:
    async with opened.client(signed_in=NAME) as client:
        yield client


async def answer(client: Client, command: str) -> bytes:
    """The tagged response, its tag left out."""
    return (await client.ask(command))[-1].partition(b" ")[2]


async def test_reading_is_written_down_under_the_real_person(opened: OpenDoor) -> None:
    secretary, _ = await a_secretary(opened)
    async with reading(opened) as client:
        await client.ask("SELECT INBOX")
        await client.ask("FETCH 1:* (FLAGS ENVELOPE PREVIEW)")
        assert [entry.event for entry in await deeds(opened, secretary)] == [Deed.SIGN_IN, Deed.LOOK]
        await client.ask("FETCH 2 BODY.PEEK[TEXT]")
        await client.ask("FETCH 2:3 BODY[]")
        await client.ask("FETCH 2:3 BODY[]")  # shown already
    told = [(entry.event, entry.detail.get("messages")) for entry in await deeds(opened, secretary)]
    assert told[2:] == [(Deed.OPEN, "1"), (Deed.OPEN, "1"), (Deed.MARK, "2")]


async def test_who_may_only_read_changes_nothing_but_marks(opened: OpenDoor) -> None:
    secretary, _ = await a_secretary(opened)
    refused = (
        "STORE 1 +FLAGS (\\Deleted)",
        "STORE 1 +FLAGS ($Clos)",
        "EXPUNGE",
        "COPY 1 Trash",
        "MOVE 1 Trash",
        f'MOVE 1 "{CLOSED_CONVERSATIONS}"',
        f'COPY 1 "{CLOSED_CONVERSATIONS}"',
        "CREATE Autre",
        "DELETE Trash",
        "RENAME Trash Corbeille",
        "RENAME INBOX Ailleurs",
        "UNSUBSCRIBE Junk",
        "APPEND INBOX {3+}\r\nx\r\n",
        "APPEND Sent {3+}\r\nx\r\n",
        "UID REPLACE 1 Drafts {3+}\r\nx\r\n",
        "GETACL INBOX",
        f"COPY 1 {HISTORY}",
    )
    async with reading(opened) as client:
        selected = b"".join(await client.ask("SELECT INBOX"))
        assert b"\\Deleted" not in selected.partition(b"PERMANENTFLAGS")[2].partition(b"]")[0]
        for command in refused:
            assert (await answer(client, command)).startswith(b"NO [NOPERM] "), command
        assert (await answer(client, "STORE 1 +FLAGS (\\Flagged \\Deleted)")).startswith(b"OK ")
        assert b"FLAGS (\\Flagged" in b"".join(await client.ask("FETCH 1 FLAGS"))
        assert b"MYRIGHTS INBOX lrsw\r\n" in b"".join(await client.ask("MYRIGHTS INBOX"))
        assert (await answer(client, "CLOSE")).startswith(b"OK ")
    assert len(await opened.world.inbox(opened.doctor)) == 3  # with the notice of the grant
    assert {entry.event for entry in await deeds(opened, secretary)} == {Deed.SIGN_IN, Deed.LOOK, Deed.MARK}


async def test_who_may_send_keeps_copies_and_drafts(opened: OpenDoor) -> None:
    await a_secretary(opened, READ, SEND)
    async with reading(opened) as client:
        for mailbox in ("Sent", "Drafts"):
            assert b" OK " in await client.append(mailbox, b"Subject: x\r\n\r\n")
        assert b" NO [NOPERM] " in await client.append("INBOX", b"Subject: x\r\n\r\n")
        await client.ask("SELECT Drafts")
        assert b" OK " in (await client.ask("STORE 1 +FLAGS (\\Deleted)"))[-1]
        assert b"* 1 EXPUNGE\r\n" in await client.ask("EXPUNGE")
        await client.ask("SELECT Sent")
        assert b" NO [NOPERM]" in (await client.ask("STORE 1 +FLAGS (\\Deleted)"))[-1]


@pytest.mark.parametrize(
    "gesture",
    ["STORE 2 +FLAGS ($Clos)", f'MOVE 2 "{CLOSED_CONVERSATIONS}"', f'COPY 2 "{CLOSED_CONVERSATIONS}"'],
)
async def test_who_may_close_closes_under_his_own_name(opened: OpenDoor, gesture: str) -> None:
    secretary, _ = await a_secretary(opened, READ, CLOSE)
    async with reading(opened) as client:
        await client.ask("SELECT INBOX")
        assert (await answer(client, gesture)).startswith(b"OK ")
        assert (await answer(client, "MOVE 1 Trash")).startswith(b"NO [NOPERM] ")
    assert Deed.CLOSE in [entry.event for entry in await deeds(opened, secretary)]
    citizen = opened.citizen.id
    (closed,) = await opened.world.store.read(lambda tx: tx.journal.entries(citizen, "conversation_closed"))
    assert closed.actor == f"bal:{secretary.id}"


async def test_the_history_is_shown_to_a_reader_and_not_even_marked(opened: OpenDoor) -> None:
    await a_secretary(opened, *Right)
    async with reading(opened) as client:
        assert (await answer(client, f"SELECT {HISTORY}")).startswith(b"OK [READ-ONLY]")
        assert (await answer(client, "STORE 1 +FLAGS (\\Seen)")).startswith(b"NO ")
        assert b" lr\r\n" in b"".join(await client.ask(f"MYRIGHTS {HISTORY}"))


async def test_revoked_access_ends_at_the_next_command(opened: OpenDoor) -> None:
    _, access = await a_secretary(opened)
    async with reading(opened) as client, opened.client(signed_in=DOCTOR) as holder:
        await client.ask("SELECT INBOX")
        await opened.world.accesses.revoke(access.grant.id, "test")
        await client.say(b"x FETCH 1 BODY[]\r\n")
        assert await client.rest() == b"* BYE [EXPIRED] Your access to this mailbox has ended\r\n"
        assert (await answer(holder, "NOOP")).startswith(b"OK ")


async def test_revoked_access_ends_while_idling_and_before_an_append(opened: OpenDoor) -> None:
    _, access = await a_secretary(opened, *Right)
    async with reading(opened) as idle, reading(opened) as appending:
        await idle.ask("SELECT INBOX")
        await idle.say(b"i IDLE\r\n")
        assert (await idle.line()).startswith(b"+ ")
        await opened.door.expel()
        await opened.world.accesses.revoke(access.grant.id, "test")
        await opened.door.expel()
        assert (await idle.rest()).startswith(b"* BYE [EXPIRED] ")
        assert (await appending.rest()).startswith(b"* BYE [EXPIRED] ")


async def test_only_the_holder_blocks_or_takes_it_back(opened: OpenDoor) -> None:
    world = opened.world
    carer = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN, PASSWORD)
    await let(world, carer, opened.citizen, READ, SEND, ARRANGE)
    await world.send(opened.doctor, a_letter(opened.doctor, CITIZEN), CITIZEN)
    async with opened.client(signed_in=f'"{CITIZEN}*{OTHER_CITIZEN}"') as client:
        await client.ask("SELECT INBOX")
        for gesture in ("STORE 2 +FLAGS ($Bloque)", 'MOVE 2 "Bloqu&AOk-s"', 'COPY 2 "Bloqu&AOk-s"'):
            assert (await answer(client, gesture)).startswith(b"NO [NOPERM] "), gesture
        assert (await answer(client, "MOVE 2 Trash")).startswith(b"OK ")
    again = a_letter(opened.doctor, CITIZEN, message_id="<2@x>")
    assert (await world.send(opened.doctor, again, CITIZEN)).is_positive


async def test_both_names_are_taken_without_quotes_too(opened: OpenDoor) -> None:
    await a_secretary(opened)
    async with opened.client(signed_in=NAME.strip('"')) as client:
        assert (await answer(client, "SELECT INBOX")).startswith(b"OK ")


COMMANDS = st.sampled_from(
    [
        "SELECT INBOX",
        "SELECT Trash",
        "SELECT Drafts",
        f"EXAMINE {HISTORY}",
        "FETCH 1:* BODY[]",
        "FETCH 1:* BODY.PEEK[1]",
        "FETCH * BINARY.PEEK[1]",
        "UID FETCH 1:* RFC822.TEXT",
        "FETCH 1:* ENVELOPE",
        "SEARCH BODY quelque",
        "STORE 1 +FLAGS (\\Flagged)",
        "STORE 1:* -FLAGS (\\Flagged)",
        "STORE * +FLAGS (\\Deleted mot)",
        "STORE 1 +FLAGS ($Clos)",
        "EXPUNGE",
        "CLOSE",
        "COPY 1 Trash",
        "MOVE * Drafts",
        f'MOVE 1 "{CLOSED_CONVERSATIONS}"',
        "CREATE Neuf",
        "RENAME Neuf Vieux",
        "DELETE Vieux",
        "UNSUBSCRIBE Junk",
        "SUBSCRIBE Junk",
        "APPEND Sent {3+}\r\nx\r\n",
        "APPEND INBOX {3+}\r\nx\r\n",
        "REPLACE 1 Drafts {3+}\r\nx\r\n",
        "NOOP",
        'LIST "" "*" RETURN (STATUS (MESSAGES))',
    ]
)


async def _state(opened: OpenDoor) -> object:
    """Everything of the bal that a reader could change, the history left out."""

    def unit(tx: Transaction) -> object:
        mailboxes = [mailbox for mailbox in tx.mailboxes.of(opened.doctor.id) if not mailbox.is_history]
        rows = [[(row.uid, row.flags) for row in tx.messages.rows(mailbox.id)] for mailbox in mailboxes]
        names = [(mailbox.name, mailbox.subscribed, mailbox.uid_next) for mailbox in mailboxes]
        pairs = tx.conversations.pairs(citizen=opened.citizen.id)
        return names, rows, pairs

    return await opened.world.store.read(unit)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commands=st.lists(COMMANDS, max_size=12), rights=st.sets(st.sampled_from([SEND, CLOSE, ARRANGE])))
def test_no_reader_acts_without_a_line_in_the_journal(
    commands: list[str], rights: set[Right], tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def play() -> None:
        async with an_open_door(tmp_path_factory.mktemp("door")) as opened:
            secretary, _ = await a_secretary(opened, READ, *rights)
            async with reading(opened) as client:
                for command in ["SELECT INBOX", *commands]:
                    before, lines = await _state(opened), len(await deeds(opened, secretary))
                    said = b"".join(await client.responses(command))
                    entries = await deeds(opened, secretary)
                    assert before == await _state(opened) or len(entries) > lines, command
                    if b"treize huit" in said:
                        assert Deed.OPEN in {entry.event for entry in entries}, command

    asyncio.run(play())
