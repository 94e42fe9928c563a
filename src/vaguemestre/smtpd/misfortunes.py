"""The three families of errors, mapped in one place. CONTRIBUTING.md.

*Their mistake* is a CommandSyntaxError and carries its own reply; *our decision* is a reply the service gave.
*Our misfortune* is everything else, and is always temporary: a bug of ours must never bounce a prescription.
"""

import structlog

from vaguemestre.mail.reply import Reply
from vaguemestre.service.arriving.full_disk import is_full
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.smtp import replies

_log = structlog.get_logger()


def reply_to_misfortune(error: Exception, verb: str) -> Reply:
    """What to tell a client of an error that is none of its own; logged unless it is a store under load."""
    if is_full(error):
        _log.error("store_full", command=verb, error=type(error).__name__)
        reply = replies.STORE_FULL
    elif isinstance(error, StoreBusyError):
        _log.warning("store_busy", command=verb)
        reply = replies.STORE_BUSY
    else:
        _log.error("command_failed", command=verb, exc_info=error)
        reply = replies.UNFORESEEN
    # RFC 4954 §6: 454 4.7.0 is the temporary failure of a sign-in.
    return replies.SIGN_IN_UNAVAILABLE if verb == "AUTH" else reply
