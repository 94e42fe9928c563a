"""FETCH responses, for one message or for ten thousand. RFC 9051 §7.5.2.

To a client that enabled UIDONLY they are UIDFETCH, with a UID where the number would stand (RFC 9586 §3.3).

Many are printed by columns: each item of all the messages, then one template filled line by line, which is
five times faster than asking each message for each item.
"""

from collections.abc import Iterable, Mapping, Sequence

from vaguemestre.imap.commands.fetch import FetchAttribute, FetchItem
from vaguemestre.imap.flags import FlagNames
from vaguemestre.imap.internal_date import internal_date
from vaguemestre.imap.object_id import email_id, thread_id
from vaguemestre.mail.mailbox import MessageRow, ModSeq, SeqNum, Uid

ROW_ITEMS = frozenset(
    {
        FetchAttribute.UID,
        FetchAttribute.FLAGS,
        FetchAttribute.INTERNALDATE,
        FetchAttribute.RFC822_SIZE,
        FetchAttribute.MODSEQ,
        FetchAttribute.EMAILID,
        FetchAttribute.THREADID,
        FetchAttribute.SAVEDATE,
    }
)
"""Items for which nothing has to be opened: a MessageRow is enough, and for SAVEDATE the store tells."""


def item_name(item: FetchItem) -> bytes:
    """The name under which an item is returned."""
    return item.value.encode("ascii") if isinstance(item, FetchAttribute) else bytes(item)


def fetch_lines(
    items: Sequence[FetchItem],
    seqnums: Sequence[SeqNum],
    rows: Sequence[MessageRow],
    names: FlagNames,
    printed: Mapping[FetchItem, Sequence[bytes]] | None = None,
    *,
    uid_only: bool = False,
) -> list[bytes]:
    """One line a message, CR LF included, items in the order given.

    ``seqnums`` and ``rows`` run side by side, and so does each column of ``printed``, which holds the items
    that a row is not enough for in their printed form (``nstring``, or a list for ENVELOPE). KeyError if one
    lacks.
    """
    given = printed or {}
    columns = [given[item] if item in given else _column(item, rows, names) for item in items]
    template = b"* %%d %b (%b)\r\n" % (_word(uid_only), b" ".join(map(_template, items)))
    numbers: Sequence[int] = [row.uid for row in rows] if uid_only else seqnums
    return [template % values for values in zip(numbers, *columns, strict=True)]


def fetch_line(seqnum: SeqNum, items: Iterable[tuple[FetchItem, bytes]]) -> bytes:
    """One message's line from printed items."""
    listed = b" ".join(b"%b %b" % (item_name(item), printed) for item, printed in items)
    return b"* %d FETCH (%b)\r\n" % (seqnum, listed)


def literal_head(
    seqnum: SeqNum, before: Iterable[tuple[FetchItem, bytes]], item: FetchItem, size: int
) -> bytes:
    """The beginning of a line whose last item is a literal of ``size`` octets that is streamed after it.

    When they are sent, FETCH_END closes the line.
    """
    listed = b"".join(b"%b %b " % (item_name(known), printed) for known, printed in before)
    return b"* %d FETCH (%b%b {%d}\r\n" % (seqnum, listed, item_name(item), size)


FETCH_END = b")\r\n"


def flags_line(
    number: SeqNum | Uid,
    printed: bytes | None,
    uid: Uid | None = None,
    modseq: ModSeq | None = None,
    *,
    uid_only: bool = False,
) -> bytes:
    """What a change of flags is told with: UID for UID commands, MODSEQ for clients that know CONDSTORE.

    ``number`` is a UID where ``uid_only`` says so.
    ``printed`` is ``FlagNames.printed``; None when the client knows the flags and only MODSEQ is new.
    """
    pieces = [] if uid is None else [b"UID %d" % uid]
    if printed is not None:
        pieces.append(b"FLAGS (%b)" % printed)
    if modseq is not None:
        pieces.append(b"MODSEQ (%d)" % modseq)
    return b"* %d %b (%b)\r\n" % (number, _word(uid_only), b" ".join(pieces))


def _word(uid_only: bool) -> bytes:
    return b"UIDFETCH" if uid_only else b"FETCH"


def _template(item: FetchItem) -> bytes:
    name = item_name(item).replace(b"%", b"%%")
    match item:
        case FetchAttribute.UID | FetchAttribute.RFC822_SIZE:
            return name + b" %d"
        case FetchAttribute.FLAGS | FetchAttribute.EMAILID:
            return name + b" (%b)"
        case FetchAttribute.MODSEQ:
            return name + b" (%d)"
        case _:
            return name + b" %b"


def _column(item: FetchItem, rows: Sequence[MessageRow], names: FlagNames) -> Sequence[bytes | int]:
    match item:
        case FetchAttribute.UID:
            return [row.uid for row in rows]
        case FetchAttribute.FLAGS:
            return names.printed_column([row.flags for row in rows])
        case FetchAttribute.RFC822_SIZE:
            return [row.size for row in rows]
        case FetchAttribute.MODSEQ:
            return [row.modseq for row in rows]
        case FetchAttribute.INTERNALDATE:
            return [internal_date(row.internal_date) for row in rows]
        case FetchAttribute.EMAILID:
            return [email_id(row.body) for row in rows]
        case FetchAttribute.THREADID:
            return [_thread(row) for row in rows]
        case _:
            raise KeyError(item)


def _thread(row: MessageRow) -> bytes:
    """RFC 8474 §5.2: NIL where there is no thread."""
    thread = thread_id(row.conversation)
    return b"NIL" if thread is None else b"(%b)" % thread
