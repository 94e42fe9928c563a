"""AUTHENTICATE PLAIN, with the initial response of SASL-IR or without. RFC 9051 §6.2.2, RFC 4616 §2."""

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.authenticate import Authenticate, decode_response
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imapd.commands.login import require_privacy, sign_in
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.shared import MECHANISMS


async def run(session: ClientSession, command: Authenticate) -> Done | None:
    """Sign in at once, or ask for the response and be called again by ``_answered``."""
    require_privacy(session)
    if command.mechanism not in MECHANISMS:
        raise CommandRefused("This mechanism is not available here", codes.CANNOT)
    if command.initial is not None:
        return await _plain(session, command.initial)

    async def answered(line: bytes) -> Done:
        response = decode_response(line)
        if response is None:
            raise CommandSyntaxError("The client gave up")
        return await _plain(session, response)

    session.expect_line(answered)
    session.out.write(responses.continuation())
    return None


async def _plain(session: ClientSession, response: bytes) -> Done:
    """RFC 4616 §2: message = [authzid] UTF8NUL authcid UTF8NUL passwd."""
    try:
        authorised, user, password = response.decode("utf-8").split("\0")
    except ValueError:  # UnicodeDecodeError is one
        raise CommandSyntaxError("Expected a PLAIN response") from None
    if authorised and authorised != user:
        raise CommandRefused("Nobody acts for somebody else here", codes.AUTHORIZATIONFAILED)
    return await sign_in(session, user, password)
