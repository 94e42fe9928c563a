"""Response codes, as they stand between brackets. RFC 9051 §7.1, RFC 5530, RFC 9208 §4.3.

UNKNOWN-CTE is of RFC 3516 §4.3, HIGHESTMODSEQ of RFC 7162 §3.1.2, MODIFIED of RFC 7162 §3.1.3, MAILBOXID of
RFC 8474 §4, BADEVENT and NOTIFICATIONOVERFLOW of RFC 5465 §8.
Those without argument are constants; the others are functions that print theirs.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from vaguemestre.imap.object_id import mailbox_id
from vaguemestre.imap.sequence import compact
from vaguemestre.mail.mailbox import MailboxId, ModSeq, SeqNum, Uid, UidValidity

ALERT: Final = b"ALERT"
ALREADYEXISTS: Final = b"ALREADYEXISTS"
AUTHENTICATIONFAILED: Final = b"AUTHENTICATIONFAILED"
AUTHORIZATIONFAILED: Final = b"AUTHORIZATIONFAILED"
CANNOT: Final = b"CANNOT"
CLIENTBUG: Final = b"CLIENTBUG"
CLOSED: Final = b"CLOSED"
CONTACTADMIN: Final = b"CONTACTADMIN"
EXPIRED: Final = b"EXPIRED"
EXPUNGEISSUED: Final = b"EXPUNGEISSUED"
HASCHILDREN: Final = b"HASCHILDREN"
INUSE: Final = b"INUSE"
LIMIT: Final = b"LIMIT"
NOMODSEQ: Final = b"NOMODSEQ"
NONEXISTENT: Final = b"NONEXISTENT"
NOPERM: Final = b"NOPERM"
NOTIFICATIONOVERFLOW: Final = b"NOTIFICATIONOVERFLOW"
OVERQUOTA: Final = b"OVERQUOTA"
PARSE: Final = b"PARSE"
PRIVACYREQUIRED: Final = b"PRIVACYREQUIRED"
READ_ONLY: Final = b"READ-ONLY"
READ_WRITE: Final = b"READ-WRITE"
SERVERBUG: Final = b"SERVERBUG"
TOOBIG: Final = b"TOOBIG"
TRYCREATE: Final = b"TRYCREATE"
UNAVAILABLE: Final = b"UNAVAILABLE"
UNKNOWN_CTE: Final = b"UNKNOWN-CTE"
UIDREQUIRED: Final = b"UIDREQUIRED"  # RFC 9586
USEATTR: Final = b"USEATTR"

_NOT_IN_A_CODE: Final = re.compile(
    rb"[^ !#-\[^-~]"
)  # a quote, a backslash, a bracket; controls, foreign octets


def appenduid(uid_validity: UidValidity, uids: Iterable[Uid]) -> bytes:
    """Where APPEND filed the message. RFC 9051 §7.1."""
    return b"APPENDUID %d %b" % (uid_validity, compact(uids))


def badevent(events: Iterable[str]) -> bytes:
    """The events that NOTIFY knows. RFC 5465 §3.1."""
    return f"BADEVENT ({' '.join(events)})".encode("ascii")


def badurl(url: bytes) -> bytes:
    """A URL that names nothing here. RFC 4469 §4.1: what may not stand in a code is percent-encoded."""
    return b'BADURL "%b"' % _NOT_IN_A_CODE.sub(lambda found: b"%%%02X" % found[0][0], url)


def badcharset(charsets: Iterable[str]) -> bytes:
    """The charsets that SEARCH knows."""
    return f"BADCHARSET ({' '.join(charsets)})".encode("ascii")


def capability(words: Iterable[str]) -> bytes:
    """Capabilities, in a greeting or after sign-in: saves the client a question."""
    return f"CAPABILITY {' '.join(words)}".encode("ascii")


def copyuid(uid_validity: UidValidity, pairs: Sequence[tuple[Uid, Uid]]) -> bytes:
    """(old UID, new UID) pairs in order: the n-th of one set is the n-th of the other. RFC 9051 §7.1."""
    olds = compact(old for old, _ in pairs)
    news = compact(new for _, new in pairs)
    return b"COPYUID %d %b %b" % (uid_validity, olds, news)


def highestmodseq(modseq: ModSeq) -> bytes:
    """RFC 7162 §3.1.2.1."""
    return b"HIGHESTMODSEQ %d" % modseq


def inprogress(tag: bytes) -> bytes:
    """The command of that tag is being run; how far it is, is not known. RFC 9585 §4."""
    # A bracket may stand in a tag; there are clients that would take it for the end of the code.
    return b"INPROGRESS" if b"]" in tag else b'INPROGRESS ("%b" NIL NIL)' % tag


def mailboxid(mailbox: MailboxId) -> bytes:
    """Which mailbox was made or opened, whatever its name. RFC 8474 §4.1, §4.2."""
    return b"MAILBOXID (%b)" % mailbox_id(mailbox)


def modified(numbers: Iterable[int]) -> bytes:
    """Messages that STORE UNCHANGEDSINCE left alone. RFC 7162 §3.1.3."""
    return b"MODIFIED %b" % compact(numbers)


def permanentflags(printed: bytes, *, new_keywords: bool) -> bytes:
    r"""Flags a client can change for good, printed without parentheses; ``\*`` when it may make keywords."""
    more = b" \\*" if printed else b"\\*"
    return b"PERMANENTFLAGS (%b%b)" % (printed, more if new_keywords else b"")


def uidnext(uid: Uid) -> bytes:
    """The UID that the next message will have, or a later one."""
    return b"UIDNEXT %d" % uid


def uidvalidity(uid_validity: UidValidity) -> bytes:
    """Which generation of UIDs this is."""
    return b"UIDVALIDITY %d" % uid_validity


def unseen(seqnum: SeqNum) -> bytes:
    """The first unseen message; RFC 3501 §7.1 only, RFC 9051 removed it."""
    return b"UNSEEN %d" % seqnum
