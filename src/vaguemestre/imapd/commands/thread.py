"""THREAD and UID THREAD. RFC 5256 §3."""

from collections.abc import Sequence

from vaguemestre.imap import responses
from vaguemestre.imap.commands.thread import Algorithm, Thread
from vaguemestre.imap.threads import Message, by_references, by_subject, printed
from vaguemestre.imapd.headers import headers
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.search import find
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.turns import Turns
from vaguemestre.mail.mailbox import MessageRow, SeqNum
from vaguemestre.mime.arrangement import identifier_of, references_of, subject_of
from vaguemestre.mime.text import sent_at


async def run(session: ClientSession, command: Thread) -> Done:
    """The messages that match, by number or by UID, threaded."""
    found = await find(session.open, command.key, session.shared.clock.now())
    turns = Turns()
    messages = await _read(session.open, found, command.by_uid, turns)
    work = by_references if command.algorithm is Algorithm.REFERENCES else by_subject
    forest = await turns.through(work(messages))
    session.out.write(responses.thread(await turns.through(printed(forest))))
    return Done("THREAD completed")


async def _read(
    selected: Selected, found: Sequence[tuple[SeqNum, MessageRow]], by_uid: bool, turns: Turns
) -> list[Message]:
    """What threads are made from, by number: those of one moment stay so (RFC 5256 §2.2)."""
    seqnums = {row.uid: seqnum for seqnum, row in found}
    messages: list[Message] = []
    async for row, header in headers(selected.opened, [row for _, row in found]):
        subject, is_reply = subject_of(header)
        sent = sent_at(header)
        messages.append(
            Message(
                number=row.uid if by_uid else seqnums[row.uid],
                sent=row.internal_date if sent is None else sent.timestamp(),
                subject=subject,
                is_reply=is_reply,
                identifier=identifier_of(header),
                references=references_of(header),
            )
        )
        await turns.pause()
    messages.sort(key=lambda message: message.number)
    return messages
