"""LOGIN. RFC 9051 §6.2.3; what it shares with AUTHENTICATE is here too."""

from collections.abc import Iterator
from contextlib import contextmanager

from vaguemestre.imap import codes
from vaguemestre.imap.commands.login import Login
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.sign_in.outcome import SignedIn, SignInPostponed, SignInRefused, TooManyFailures


async def run(session: ClientSession, command: Login) -> Done:
    """Sign in with a name and a password, where a password may travel."""
    require_privacy(session)
    with refusing(session):
        found = await session.shared.authentication.sign_in(command.user, command.password, session.channel)
    return signed_in(session, found)


def require_privacy(session: ClientSession) -> None:
    """Refuse where TLS is required and not there. RFC 9051 §6.2.3, LOGINDISABLED."""
    if not session.may_sign_in:
        raise CommandRefused("Begin TLS first", codes.PRIVACYREQUIRED)


@contextmanager
def refusing(session: ClientSession) -> Iterator[None]:
    """Count a refusal, and say it as IMAP does. RFC 5530 §3."""
    try:
        yield
    except SignInPostponed as postponed:
        session.failures += isinstance(postponed, TooManyFailures)
        code = codes.LIMIT if isinstance(postponed, TooManyFailures) else codes.UNAVAILABLE
        raise CommandRefused(str(postponed.sentence), code) from None
    except SignInRefused as refused:
        session.failures += 1
        raise CommandRefused(str(refused.sentence), codes.AUTHENTICATIONFAILED) from None


def signed_in(session: ClientSession, found: SignedIn) -> Done:
    """A success tells the capabilities, which spares the client a question."""
    session.sign_in(found)
    return Done("Signed in", codes.capability(session.capabilities()))
