"""Which names a mailbox may bear, and which mailboxes must stay. RFC 9051 §5.1.

Names are UTF-8 with ``/`` between levels. RFC 9051 §5.1 lets a server refuse characters: ``*`` and ``%`` are
refused because LIST could not ask for such a name, controls because no client could show it.
"""

import unicodedata

from vaguemestre.mail.mailbox import ACCESS_HISTORY, CLOSED_CONVERSATIONS, DELIMITER, INBOX, SCHEDULED
from vaguemestre.service.mailboxes.refusals import MailboxRefused, Reason, history_is_read_only

MAX_NAME = 255  # octets: what the file systems and clients that keep mailboxes locally can hold
_REFUSED = {"Cc", "Cs", "Zl", "Zp"}  # RFC 5198 §2: controls and breaks of lines; half characters are none
MAX_LEVELS = 16
MAX_MAILBOXES = 1_000  # a bal; LIST answers them all at once, so there must be an end

MUST_STAY = frozenset({INBOX, CLOSED_CONVERSATIONS, SCHEDULED})
"""Where mail is filed, how a conversation is closed (domain.md §2), and where messages wait (RFC 4865)."""


def canonical(name: str) -> str:
    """The name as it is stored: INBOX in capitals, also as the first level; composed characters (NFC).

    macOS sends decomposed characters and others composed ones; without NFC the same name would exist twice.
    """
    composed = unicodedata.normalize("NFC", name)
    first, delimiter, rest = composed.partition(DELIMITER)
    return INBOX + delimiter + rest if first.upper() == INBOX else composed


def acceptable(name: str) -> str:
    """The canonical form of a name that may be made; raises MailboxRefused (CANNOT) for any other."""
    wanted = canonical(name)
    if not wanted or any(not level or level.isspace() for level in wanted.split(DELIMITER)):
        raise MailboxRefused(Reason.CANNOT, "A level of the mailbox name is empty")
    if any(character in "*%" or unicodedata.category(character) in _REFUSED for character in wanted):
        raise MailboxRefused(Reason.CANNOT, "The mailbox name holds a character that is not allowed")
    if len(wanted.encode()) > MAX_NAME or wanted.count(DELIMITER) >= MAX_LEVELS:
        raise MailboxRefused(Reason.CANNOT, "The mailbox name is too long")
    return wanted


def superiors(name: str) -> list[str]:
    """Every level above a name, the highest first: ``a/b/c`` gives ``a`` and ``a/b``."""
    levels = name.split(DELIMITER)
    return [DELIMITER.join(levels[:depth]) for depth in range(1, len(levels))]


def is_inferior(name: str, of: str) -> bool:
    """Whether ``name`` lies anywhere below ``of``."""
    return name.startswith(of + DELIMITER)


def require_not_history(name: str) -> None:
    """Raises MailboxRefused (NOPERM) for the history of accesses, and for any name below it."""
    if name == ACCESS_HISTORY or is_inferior(name, ACCESS_HISTORY):
        raise history_is_read_only()


def may_leave(name: str) -> bool:
    """Whether a mailbox of that name can be deleted, or renamed with its messages."""
    return canonical(name) not in MUST_STAY | {ACCESS_HISTORY}


def may_have_inferiors(name: str) -> bool:
    """Whether a mailbox can be made below this one."""
    if canonical(name) == ACCESS_HISTORY:
        return False
    try:
        acceptable(f"{name}{DELIMITER}x")
    except MailboxRefused:
        return False
    return True
