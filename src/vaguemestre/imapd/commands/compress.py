"""COMPRESS. RFC 4978 §3: what was sent after it without waiting for the answer is forgotten, unread."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.compress import Compress
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Compress) -> Done | None:
    """Answer as before, then compress; once only."""
    if session.wire.is_compressed:
        raise CommandSyntaxError("DEFLATE is active already")
    session.out.write(responses.ok(session.tag, "DEFLATE active"))
    session.wire.start_compression()
    return None
