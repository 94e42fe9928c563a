"""Messages on their way in: what APPEND, CATENATE and REPLACE share. RFC 9051 §6.3.12, RFC 4469 §3.

A message is made of parts: texts, which are literals, and what URLs name. Its octets go into the vault's
spool in their order as they arrive, or are read, and are never whole in memory. Before each literal, and at
the end, all that has been announced is measured first: a message that is too large is refused before anything
more is read or sent. A disk that fills up meanwhile is answered once all has come, because the client cannot
listen before. The messages of one command are there all together, or none of them is (RFC 3502 §4).
"""

from collections.abc import Sequence

from vaguemestre.imap import codes
from vaguemestre.imap.append_message import AppendMessage, Part, TextPart, UrlPart
from vaguemestre.imap.flags import split_flags
from vaguemestre.imapd import quotations
from vaguemestre.imapd.commands.copy import try_create
from vaguemestre.imapd.outcome import CommandRefused
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.turns import Turns
from vaguemestre.service.mailboxes.appending import Appended, Appending
from vaguemestre.service.mailboxes.refusals import MailboxRefused, Reason


async def begin(
    session: ClientSession, mailbox: str, messages: Sequence[AppendMessage], leaving: int = 0
) -> None:
    """Make ready for the last literal of those announced, or refuse it, and the command with it.

    ``leaving`` octets are let go of by the same command. Raises MailboxRefused, CommandRefused.
    """
    last = messages[-1]
    if last.is_whole and last.parts == (TextPart(0, last.is_binary),):  # RFC 3502 §4: how a client gives up
        raise CommandRefused("A message is never empty", codes.CANNOT)
    await _go_on(session, mailbox, messages, leaving)


def take(session: ClientSession, octets: bytes) -> None:
    """The next octets of the literal that is coming."""
    if session.appending:
        session.appending[-1].feed(octets)


async def whole(
    session: ClientSession, mailbox: str, messages: Sequence[AppendMessage], leaving: int = 0
) -> list[Appended]:
    """The messages of the command that is being run, all there and ready to be filed. Raises as ``begin``.

    Whoever asks calls ``session.forget_appending`` in the end.
    """
    await _go_on(session, mailbox, messages, leaving)
    ready = []
    for message, said in zip(session.appending, messages, strict=True):
        system, keywords = split_flags(said.flags)
        ready.append(Appended(message, system, keywords, said.date, said.is_binary))
    return ready


async def _go_on(
    session: ClientSession, mailbox: str, messages: Sequence[AppendMessage], leaving: int
) -> None:
    """Measure what was announced since the last time, then read it up to the literal that comes next."""
    appending, mailboxes = session.appending, session.shared.mailboxes
    while len(appending) < len(messages):
        appending.append(mailboxes.begin_append())
    turns, is_news = Turns(), False
    for message, said in zip(appending, messages, strict=True):
        for part in said.parts[message.counted :]:
            is_news = True
            message.count(await _measured(session, part))
            if message.announced > mailboxes.max_message:
                raise MailboxRefused(Reason.TOO_BIG, "The message is larger than this server takes")
            await turns.pause()
    if not is_news:
        return
    try:
        sizes = [message.announced for message in appending]
        await mailboxes.check_append(session.holder, mailbox, sizes, leaving, session.reader)
    except MailboxRefused as refused:
        raise try_create(refused) from None
    for message, said in zip(appending, messages, strict=True):
        for part in said.parts[message.taken :]:
            if isinstance(part, UrlPart):
                await _read(session, part, message, turns)
            message.taken += 1


async def _measured(session: ClientSession, part: Part) -> int:
    return part.size if isinstance(part, TextPart) else await quotations.measured(session, part.url)


async def _read(session: ClientSession, part: UrlPart, message: Appending, turns: Turns) -> None:
    async for piece in quotations.pieces(session, part.url):
        message.feed(piece)
        await turns.pause()
