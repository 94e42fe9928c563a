"""The five ways to close, as real mail programs do them, over IMAP. domain.md §2.

What each program sends when its user tags a message or drags it into a folder: Thunderbird and K-9 move,
Apple Mail and Outlook copy, delete and expunge, mutt does the same with sequence numbers.
"""

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import OpenDoor
from tests.support.letters import a_letter

from vaguemestre.mail.conversation import ClosedBy

FOLDER = '"Conversations closes"'
BY_KEYWORD = {
    "thunderbird tag": ["UID STORE 1 +Flags ($Clos)"],
    "thunderbird tag, other case": ["UID STORE 1 +Flags ($clos)"],
    "imapclient": ["UID STORE 1 +FLAGS.SILENT ($Clos \\Flagged)"],
    "mutt": ["STORE 1 +FLAGS.SILENT ($Clos)"],
}
BY_FOLDER = {
    "thunderbird drag": [f"UID MOVE 1 {FOLDER}"],
    "apple mail drag": [
        f"UID COPY 1 {FOLDER}",
        "UID STORE 1 +FLAGS.SILENT (\\Deleted)",
        "UID EXPUNGE 1",
    ],
    "outlook drag": [f"UID COPY 1 {FOLDER}", "UID STORE 1 +FLAGS (\\Deleted \\Seen)", "EXPUNGE"],
    "mutt save": [f"COPY 1 {FOLDER}", "STORE 1 +FLAGS.SILENT (\\Deleted)", "EXPUNGE"],
    "roundcube move": [f"UID MOVE 1:1 {FOLDER}"],
}


async def _answer(opened: OpenDoor, name: str) -> str:
    answer = a_letter(opened.citizen, DOCTOR, message_id=name, answers="<1@x>")
    return str(await opened.world.send(opened.citizen, answer, DOCTOR))


@pytest.mark.parametrize(
    ("commands", "by"),
    [
        *((commands, ClosedBy.KEYWORD) for commands in BY_KEYWORD.values()),
        *((commands, ClosedBy.FOLDER) for commands in BY_FOLDER.values()),
    ],
    ids=[*BY_KEYWORD, *BY_FOLDER],
)
async def test_what_the_program_sends_closes_and_the_citizen_reads_why_once(
    opened: OpenDoor, commands: list[str], by: ClosedBy
) -> None:
    world = opened.world
    assert (
        await world.send(opened.doctor, a_letter(opened.doctor, CITIZEN, message_id="<1@x>"), CITIZEN)
    ).is_positive
    assert (await _answer(opened, "<2@x>")).startswith("250 ")
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        for command in commands:
            assert b" OK " in (await client.ask(command))[-1], command
    assert "[MSS-CONV-2]" in await _answer(opened, "<3@x>")
    assert [pair.closed_by for pair, _ in await world.oversight.pairs()] == [by]
    await world.closing_notices.run_once(100)
    assert len(await world.inbox(opened.citizen)) == 2
    async with opened.client(signed_in=CITIZEN) as client:
        await client.ask("SELECT INBOX")
        assert (await client.ask("SEARCH KEYWORD $Clos"))[0] == b"* SEARCH 1 2\r\n"
        fetched = b"".join(
            await client.ask("FETCH 2 (BODY.PEEK[HEADER.FIELDS (IN-REPLY-TO AUTO-SUBMITTED)])")
        )
        assert b"In-Reply-To: <1@x>" in fetched
        assert b"Auto-Submitted: auto-generated" in fetched


@pytest.mark.parametrize(
    ("field", "by"),
    [
        (b"Subject: [FIN]", ClosedBy.SUBJECT),
        (b"Subject: =?UTF-8?B?W0ZJTl0=?=", ClosedBy.SUBJECT),
        (b"Subject:\r\n [FIN] ", ClosedBy.SUBJECT),
        (b"SUBJECT:[FIN]", ClosedBy.SUBJECT),
        (b"X-MSS-MES: FIN\r\nSubject: Merci", ClosedBy.HEADER),
        (b"x-mss-mes:FIN \r\nSubject: Merci", ClosedBy.HEADER),
        (b"X-MSS-MES: FIN\r\nSubject: [FIN]", ClosedBy.SUBJECT),
    ],
)
async def test_what_is_written_closes_however_the_program_spells_the_field(
    opened: OpenDoor, field: bytes, by: ClosedBy
) -> None:
    world = opened.world
    for name in ("<1@x>", "<other@x>"):
        await world.send(opened.doctor, a_letter(opened.doctor, CITIZEN, message_id=name), CITIZEN)
    last = b"\r\n".join(
        (
            b"From: " + DOCTOR.encode(),
            b"To: " + CITIZEN.encode(),
            field,
            b"Message-ID: <end@x>",
            b"In-Reply-To: <1@x>",
            b"",
            b"Bonne continuation.",
            b"",
        )
    )
    assert (await world.send(opened.doctor, last, CITIZEN)).is_positive
    assert "[MSS-CONV-2]" in await _answer(opened, "<2@x>")
    closed = [pair.closed_by for pair, _ in await world.oversight.pairs() if pair.closed_at is not None]
    assert closed == ([by, by] if by is ClosedBy.SUBJECT else [by])
