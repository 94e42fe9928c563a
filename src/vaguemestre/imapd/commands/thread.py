"""THREAD and UID THREAD. RFC 5256 §3. What a header says for them is made once and kept in memory."""

from collections.abc import Sequence
from sys import getsizeof
from typing import Final, NamedTuple

from vaguemestre.imap import responses
from vaguemestre.imap.commands.thread import Algorithm, Thread
from vaguemestre.imap.threads import Message, by_references, by_subject, printed
from vaguemestre.imapd.headers import digests
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.search import Found, find
from vaguemestre.imapd.selected import Selected
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.turns import Turns
from vaguemestre.mime.arrangement import identifier_of, references_of, subject_of
from vaguemestre.mime.text import sent_at
from vaguemestre.service.mailboxes.opened_cards import Digest

AT_ONCE: Final = 500


class _Said(NamedTuple):
    """What a header says of its place; the names as those of ``Message``, None without a readable Date."""

    sent: float | None
    subject: str
    is_reply: bool
    identifier: int
    references: Sequence[int]


async def run(session: ClientSession, command: Thread) -> Done:
    """The messages that match, by number or by UID, threaded."""
    found = await find(session.open, command.key, session.shared.clock.now())
    turns = Turns()
    messages = await _read(session.open, found, command.by_uid, turns)
    work = by_references if command.algorithm is Algorithm.REFERENCES else by_subject
    forest = await turns.through(work(messages))
    session.out.write(responses.thread(await turns.through(printed(forest))))
    return Done("THREAD completed")


async def _read(selected: Selected, found: Sequence[Found], by_uid: bool, turns: Turns) -> list[Message]:
    """What threads are made from, by number: those of one moment stay so (RFC 5256 §2.2)."""
    column = await digests(selected.opened, [row for _, row in found], _SAID, turns)
    messages: list[Message] = []
    for at, (seqnum, row) in enumerate(found, 1):
        said = column.get(row.uid)
        if said is not None:
            sent = row.internal_date if said.sent is None else said.sent
            messages.append(Message(row.uid if by_uid else seqnum, sent, *said[1:]))
        if at % AT_ONCE == 0:
            await turns.pause()
    return messages


def _say(header: bytes) -> _Said:
    sent = sent_at(header)
    subject, is_reply = subject_of(header)
    return _Said(
        None if sent is None else sent.timestamp(),
        subject,
        is_reply,
        identifier_of(header),
        references_of(header),
    )


def _octets(said: _Said) -> int:
    return getsizeof(said) + sum(map(getsizeof, said))


_SAID: Final = Digest(_say, _octets)
