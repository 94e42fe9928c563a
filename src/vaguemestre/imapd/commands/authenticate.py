"""AUTHENTICATE, with the initial response of SASL-IR or without. RFC 9051 §6.2.2.

What is said within an exchange is the affair of ``service.sign_in``.
"""

import binascii

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.authenticate import Authenticate, decode_response
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imapd.commands.login import refusing, require_privacy, signed_in
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.sasl.errors import SaslSyntaxError
from vaguemestre.service.sign_in.outcome import Exchange, MechanismNotOffered, SignedIn


async def run(session: ClientSession, command: Authenticate) -> Done | None:
    """Sign in at once, or send a challenge and be called again by ``_answered``."""
    require_privacy(session)
    try:
        exchange = session.shared.authentication.begin(command.mechanism, session.channel)
    except MechanismNotOffered:
        raise CommandRefused("This mechanism is not available here", codes.CANNOT) from None
    if command.initial is None:
        _challenge(session, exchange, exchange.first)
        return None
    return await _step(session, exchange, command.initial)


def _challenge(session: ClientSession, exchange: Exchange, challenge: bytes) -> None:
    async def answered(line: bytes) -> Done | None:
        response = decode_response(line)
        if response is None:
            raise CommandSyntaxError("The client gave up")
        return await _step(session, exchange, response)

    session.expect_line(answered)
    session.out.write(responses.continuation(binascii.b2a_base64(challenge, newline=False).decode("ascii")))


async def _step(session: ClientSession, exchange: Exchange, response: bytes) -> Done | None:
    try:
        with refusing(session):
            step = await exchange.step(response)
    except SaslSyntaxError as error:
        raise CommandSyntaxError(str(error)) from None
    if isinstance(step, SignedIn):
        return signed_in(session, step)
    _challenge(session, exchange, step)
    return None
