"""STARTTLS. RFC 9051 §6.2.1: what was sent after it in clear is forgotten, unread."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.starttls import StartTls
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: StartTls) -> Done | None:
    """Answer, then begin TLS; nothing more is said, the client asks for capabilities again."""
    if session.wire.is_tls or session.shared.tls_context is None:
        raise CommandSyntaxError("STARTTLS cannot be given now")
    session.out.write(responses.ok(session.tag, "Begin TLS now"))
    await session.wire.start_tls()
    return None
