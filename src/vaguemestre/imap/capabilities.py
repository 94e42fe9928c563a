"""Which capabilities are announced, and when. RFC 9051 §6.1.1; each word beside where it is written.

IMAP4rev1 and IMAP4rev2 stand side by side, with what the second took in from extensions: a client is of rev1
until it says ENABLE IMAP4rev2 (RFC 9051 §A). What rev2 no longer has (LSUB, CHECK, RFC822, NEW) is still read
from whoever says it: libraries enable what is announced, and their users type the rest.

LITERAL+ is announced and LITERAL- never: a server must not announce both (RFC 7888 §5). LITERAL+ is what is
true, since ``{n+}`` is read at any size, and it holds all of the literals of 4,096 octets that rev2 has
(RFC 9051 §4.3).

UTF8=ACCEPT: a header in eight bits goes in and comes out as it is, whoever asks (docs/decisions/0010).
"""

from collections.abc import Iterable
from typing import Final

from vaguemestre.imap.session import State

_ALWAYS: Final = (
    "IMAP4rev1",
    "IMAP4rev2",  # RFC 9051
    "LITERAL+",  # RFC 7888
    "SASL-IR",  # RFC 4959
    "ID",  # RFC 2971
    "ENABLE",  # RFC 5161
    "IDLE",  # RFC 2177
)
_SIGNED_IN: Final = (
    "NAMESPACE",  # RFC 2342
    "UIDPLUS",  # RFC 4315
    "UNSELECT",  # RFC 3691
    "MOVE",  # RFC 6851
    "CHILDREN",  # RFC 3348
    "LIST-EXTENDED",  # RFC 5258
    "LIST-STATUS",  # RFC 5819
    "SPECIAL-USE",  # RFC 6154
    "CREATE-SPECIAL-USE",  # RFC 6154
    "ESEARCH",  # RFC 4731
    "WITHIN",  # RFC 5032
    "SEARCHRES",  # RFC 5182
    "PARTIAL",  # RFC 9394
    "SORT",  # RFC 5256
    "SORT=DISPLAY",  # RFC 5957
    "ESORT",  # RFC 5267
    "THREAD=ORDEREDSUBJECT",  # RFC 5256
    "THREAD=REFERENCES",  # RFC 5256
    "CONDSTORE",  # RFC 7162
    "QRESYNC",  # RFC 7162
    "UIDONLY",  # RFC 9586
    "NOTIFY",  # RFC 5465
    "STATUS=SIZE",  # RFC 8438
    "PREVIEW",  # RFC 8970
    "SAVEDATE",  # RFC 8514
    "OBJECTID",  # RFC 8474
    "BINARY",  # RFC 3516
    "MULTIAPPEND",  # RFC 3502
    "CATENATE",  # RFC 4469
    "REPLACE",  # RFC 8508
    "INPROGRESS",  # RFC 9585
    "UTF8=ACCEPT",  # RFC 6855, and RFC 9755 in its place
    "ACL",  # RFC 4314
    "RIGHTS=kxte",  # RFC 4314 §2.2: those that its predecessor did not have
    "QUOTA",  # RFC 9208
    "QUOTA=RES-STORAGE",  # RFC 9208
)

CAN_BE_ENABLED: Final = {
    word.upper(): word for word in ("IMAP4rev2", "UTF8=ACCEPT", "CONDSTORE", "QRESYNC", "UIDONLY")
}
"""What ENABLE turns on (RFC 9051 §6.3.1), in capitals and as announced; the others are on without it."""


def announced(
    state: State,
    *,
    may_sign_in: bool,
    may_start_tls: bool,
    mechanisms: Iterable[str] = (),
    append_limit: int,
    may_compress: bool = True,
) -> tuple[str, ...]:
    """The words for a state. ``may_sign_in`` is false where TLS is required and not there: LOGINDISABLED.

    ``append_limit`` is the largest message that any mailbox takes by APPEND, in octets (RFC 7889 §2);
    ``may_compress`` is false once both sides do.
    """
    if state is not State.NOT_AUTHENTICATED:
        compress = ("COMPRESS=DEFLATE",) if may_compress else ()  # RFC 4978 §3
        return (*_ALWAYS, *_SIGNED_IN, f"APPENDLIMIT={append_limit}", *compress)
    start = ("STARTTLS",) if may_start_tls else ()
    if not may_sign_in:
        return (*_ALWAYS, *start, "LOGINDISABLED")
    return (*_ALWAYS, *start, *(f"AUTH={mechanism}" for mechanism in mechanisms))
