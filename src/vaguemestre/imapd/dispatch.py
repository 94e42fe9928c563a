"""What the frame says, done: commands are read, run and answered, one at a time. RFC 9051 §5.5.

What changed meanwhile in the open mailbox is told before the tagged response (RFC 9051 §7).
"""

from dataclasses import replace

from vaguemestre.imap import codes, responses
from vaguemestre.imap.command_line import CommandLine
from vaguemestre.imap.commands.table import TaggedCommand, parse_command
from vaguemestre.imap.condstore import shows_awareness
from vaguemestre.imap.errors import BadCharsetError, CommandSyntaxError, UidRequiredError
from vaguemestre.imap.frame import (
    CommandReady,
    ContinuationWanted,
    Event,
    FrameRefused,
    LineReady,
    MessageAnnounced,
    MessageChunk,
)
from vaguemestre.imap.session import NUMBERING, REMOVING, State
from vaguemestre.imapd import coming, errors
from vaguemestre.imapd.admission import ENDED, still_admitted
from vaguemestre.imapd.commands.table import begin, run
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.progress import reported
from vaguemestre.imapd.session import ClientSession


async def handle(session: ClientSession, event: Event) -> bool:
    """Do what one event asks; whether the connection goes on."""
    match event:
        case CommandReady():
            return await _command(session, event.line)
        case MessageChunk():
            coming.take(session, event.octets)
        case MessageAnnounced():
            return await _announced(session, event)
        case ContinuationWanted():
            session.out.write(responses.continuation("Ready"))
        case LineReady():
            return await _line(session, event.octets)
        case FrameRefused():
            return _refused(session, event)
    return True


async def _command(session: ClientSession, line: CommandLine) -> bool:
    try:
        tagged = _parse(session, line)
    except CommandSyntaxError as error:
        session.forget_appending()
        if isinstance(error, BadCharsetError) and error.saving and session.selected is not None:
            session.selected.save(())
        session.out.write(errors.answer(None, error))
        return _forgives(session)
    session.tag = tagged.tag
    if shows_awareness(tagged.command):
        session.enable("CONDSTORE")
    try:
        if not await still_admitted(session):
            return ended(session)
        with reported(session, tagged.name):
            done = await run(session, tagged.command)
    except ConnectionError:
        raise
    except Exception as error:
        # Whatever it is, this command has failed and the connection goes on.
        _tell_news(session, tagged)
        session.out.write(errors.answer(tagged.tag, error, tagged.name))
        return session.failures < session.shared.limits.sign_in_failures or too_many(session)
    if done is None:
        return True  # it is answered when its line has come
    return finish(session, done, tagged)


def finish(session: ClientSession, done: Done, tagged: TaggedCommand | None) -> bool:
    """Answer a command that is done, None for one that waited for a line; whether the connection goes on."""
    _tell_news(session, tagged)
    session.out.write(responses.ok(session.tag, done.text, done.code))
    return not done.hang_up


def ended(session: ClientSession) -> bool:
    """Say BYE to a reader whose access has ended: nothing more is shown, not even what is new."""
    session.out.write(responses.bye(*ENDED))
    return False


def too_many(session: ClientSession) -> bool:
    """Say BYE to a client that only tries passwords, or never says anything that can be read."""
    session.out.write(responses.bye("Too many failed attempts"))
    return False


def _parse(session: ClientSession, line: CommandLine) -> TaggedCommand:
    tagged = parse_command(line, session.place)
    if not session.place.allows(tagged.name):
        raise CommandSyntaxError(f"{tagged.name} cannot be given now", tagged.tag)
    if session.place.uid_only and tagged.name in NUMBERING:
        raise UidRequiredError(tagged.tag)
    return tagged


def _tell_news(session: ClientSession, tagged: TaggedCommand | None) -> None:
    wishes = session.wishes
    if tagged is not None and tagged.name in REMOVING and not wishes.messages:
        wishes = replace(wishes, messages=True)  # what it has removed itself it must be told
    with_expunge = tagged is None or not tagged.forbids_expunge
    with_uid = tagged is not None and tagged.name.startswith("UID ")
    session.tell_news(wishes, with_expunge=with_expunge, with_uid=with_uid)


def _forgives(session: ClientSession) -> bool:
    """Before sign-in mistakes are counted: another protocol's client, or somebody trying the lock."""
    if session.place.state is not State.NOT_AUTHENTICATED:
        return True
    session.mistakes += 1
    return session.mistakes < session.shared.limits.mistakes or too_many(session)


async def _announced(session: ClientSession, event: MessageAnnounced) -> bool:
    """Accept or refuse the message of a command before its first octet; whether the connection goes on."""
    tag, name = None, ""
    try:
        tagged = _parse(session, event.head)
        tag, name = tagged.tag, tagged.name
        session.tag = tag
        if not await still_admitted(session):
            session.forget_appending()
            return ended(session)
        with reported(session, name):
            begun = await begin(session, tagged.command)
        if not begun:
            raise CommandSyntaxError("A message does not stand here", tag)
    except Exception as error:
        session.forget_appending()
        session.framer.refuse_message()
        session.out.write(errors.answer(tag, error, name))
        return True
    session.framer.accept_message()
    return True


async def _line(session: ClientSession, octets: bytes) -> bool:
    """Hand the line to whoever asked for it: AUTHENTICATE or IDLE."""
    reader, session.line_reader = session.line_reader, None
    try:
        if reader is None:
            raise LookupError("a line that nobody asked for")
        if not await still_admitted(session):
            return ended(session)
        done = await reader(octets)
    except ConnectionError:
        raise
    except Exception as error:
        session.out.write(errors.answer(session.tag, error, "AUTHENTICATE"))
        return session.failures < session.shared.limits.sign_in_failures or too_many(session)
    return True if done is None else finish(session, done, None)


def _refused(session: ClientSession, event: FrameRefused) -> bool:
    session.forget_appending()
    tag = event.tag
    if session.line_reader is not None:
        session.line_reader, session.idling, tag = None, False, session.tag
    if event.too_big:
        session.out.write(responses.no(tag, event.text, codes.TOOBIG))
    else:
        session.out.write(responses.bad(tag, event.text))
    if event.fatal:
        session.out.write(responses.bye("The rest cannot be understood"))
        return False
    return _forgives(session)
