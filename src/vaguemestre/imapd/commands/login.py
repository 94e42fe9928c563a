"""LOGIN. RFC 9051 §6.2.3; ``sign_in`` serves AUTHENTICATE too."""

from vaguemestre.imap import codes
from vaguemestre.imap.commands.login import Login
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.authentication import SignInRefused


async def run(session: ClientSession, command: Login) -> Done:
    """Sign in with a name and a password, where a password may travel."""
    require_privacy(session)
    return await sign_in(session, command.user, command.password)


def require_privacy(session: ClientSession) -> None:
    """Refuse where TLS is required and not there. RFC 9051 §6.2.3, LOGINDISABLED."""
    if not session.may_sign_in:
        raise CommandRefused("Begin TLS first", codes.PRIVACYREQUIRED)


async def sign_in(session: ClientSession, user: str, password: str) -> Done:
    """Check the password; a success tells the capabilities, which spares the client a question."""
    try:
        signed_in = await session.shared.authentication.sign_in(user, password, "imap", session.wire.peer)
    except SignInRefused as refused:
        session.failures += 1
        raise CommandRefused(str(refused), codes.AUTHENTICATIONFAILED) from None
    session.sign_in(signed_in.bal)
    return Done("Signed in", codes.capability(session.capabilities()))
