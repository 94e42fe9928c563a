"""What goes wrong, as a line to the client: their mistake, our decision, our misfortune. CONTRIBUTING.md.

The connection goes on in all three. What we did not foresee is temporary: NO [UNAVAILABLE], and a traceback
in the log. No sentence names a host, a table or a library.
"""

from typing import Final

import structlog

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.search import CHARSETS
from vaguemestre.imap.errors import BadCharsetError, CommandSyntaxError, UidRequiredError
from vaguemestre.imapd.outcome import CommandRefused
from vaguemestre.service.arriving.full_disk import is_full
from vaguemestre.service.mailboxes.refusals import MailboxRefused
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.service.ports.vault import KeyDestroyedError

_log = structlog.get_logger()

UNAVAILABLE: Final = "The server cannot do this now: try again later"
GONE: Final = "Some of these messages are gone for good: they have expired, or somebody removed them"
FULL: Final = "There is no room left on the server: try again later"


def answer(tag: bytes | None, error: Exception, command: str = "") -> bytes:
    """The status response for an error; logs it when it is ours. ``command`` is its name, for the log."""
    match error:
        case BadCharsetError():
            return responses.no(error.tag or tag, error.text, codes.badcharset(CHARSETS))
        case UidRequiredError():
            return responses.bad(error.tag or tag, error.text, codes.UIDREQUIRED)
        case CommandSyntaxError():
            return responses.bad(error.tag or tag, error.text)
        case CommandRefused():
            return responses.no(tag, error.text, error.code)
        case MailboxRefused():
            return responses.no(tag, error.text, error.reason.encode("ascii"))
        case KeyDestroyedError():
            return responses.no(tag, GONE, codes.EXPUNGEISSUED)
        case _ if is_full(error):
            # RFC 5530 §3: not OVERQUOTA, which would have people delete mail that is not in the way.
            _log.error("store_full", command=command, error=type(error).__name__)
            return responses.no(tag, FULL, codes.UNAVAILABLE)
        case StoreBusyError():
            _log.warning("imap_command_deferred", command=command, exc_info=error)
            return responses.no(tag, UNAVAILABLE, codes.UNAVAILABLE)
        case _:
            _log.error("imap_command_failed", command=command, exc_info=error)
            return responses.no(tag, UNAVAILABLE, codes.UNAVAILABLE)
