"""What a server says, as octets with their CR LF. RFC 9051 §7; FETCH has its own file.

Texts are for people and travel in ASCII: before a client enables UTF-8 nothing else is allowed
(RFC 9051 §7.1), so accents are taken off here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from vaguemestre.imap import strings
from vaguemestre.imap.commands.search import ReturnOption, SearchReturn
from vaguemestre.imap.commands.status import StatusItem
from vaguemestre.imap.partial_range import PartialRange
from vaguemestre.imap.sequence import SequenceSet, compact
from vaguemestre.mail.mailbox import DELIMITER, ModSeq, SeqNum, Uid
from vaguemestre.mail.sentence import ascii_of

# Status responses. RFC 9051 §7.1


def ok(tag: bytes | None, text: str, code: bytes = b"") -> bytes:
    """Done; untagged, a word by the way. ``code`` is one of ``codes``, without brackets."""
    return _status(tag, b"OK", text, code)


def no(tag: bytes | None, text: str, code: bytes = b"") -> bytes:
    """Our decision, or our misfortune."""
    return _status(tag, b"NO", text, code)


def bad(tag: bytes | None, text: str, code: bytes = b"") -> bytes:
    """Their mistake; untagged when the tag could not be read."""
    return _status(tag, b"BAD", text, code)


def bye(text: str, code: bytes = b"") -> bytes:
    """The connection ends."""
    return _status(None, b"BYE", text, code)


def continuation(text: str = "") -> bytes:
    """``+``: send the literal, or the next line; for AUTHENTICATE the text is a challenge in base64."""
    return b"+ %b\r\n" % _text(text)


def _status(tag: bytes | None, condition: bytes, text: str, code: bytes) -> bytes:
    bracketed = b"[%b] " % code if code else b""
    return b"%b %b %b%b\r\n" % (tag or b"*", condition, bracketed, _text(text))


def _text(text: str) -> bytes:
    return ascii_of(text).encode().replace(b"\r", b" ").replace(b"\n", b" ")


# About the server. RFC 9051 §7.2


def capability(words: Iterable[str]) -> bytes:
    """CAPABILITY."""
    return f"* CAPABILITY {' '.join(words)}\r\n".encode("ascii")


def enabled(words: Iterable[str]) -> bytes:
    """ENABLED: those of the words asked that were turned on, possibly none."""
    return f"{' '.join(['* ENABLED', *words])}\r\n".encode("ascii")


def server_id(fields: Mapping[str, str]) -> bytes:
    """ID. RFC 2971 §3.2."""
    pairs = b" ".join(strings.string(part.encode("utf-8")) for pair in fields.items() for part in pair)
    return b"* ID (%b)\r\n" % pairs if pairs else b"* ID NIL\r\n"


def namespace() -> bytes:
    """One personal namespace, with no prefix. RFC 9051 §6.3.10."""
    return f'* NAMESPACE (("" "{DELIMITER}")) NIL NIL\r\n'.encode("ascii")


# About mailboxes. RFC 9051 §7.3


def listed(
    attributes: Iterable[str],
    name: str,
    *,
    utf8: bool,
    subscribed: bool = False,
    old_name: str | None = None,
) -> bytes:
    r"""LIST. ``attributes`` with their backslashes (``\HasNoChildren``).

    ``subscribed`` says that a child of it is subscribed, and it matched for that: CHILDINFO of RFC 5258 §3.5.
    ``old_name`` is the name that the client knows it by: OLDNAME of RFC 9051 §6.3.9.7.
    """
    items = [b'"CHILDINFO" ("SUBSCRIBED")'] if subscribed else []
    if old_name is not None:
        items.append(b'"OLDNAME" (%b)' % strings.mailbox(old_name, utf8))
    more = b" (%b)" % b" ".join(items) if items else b""
    return b"* LIST " + _list_entry(attributes, strings.mailbox(name, utf8)) + more + b"\r\n"


def lsub(attributes: Iterable[str], name: str, *, utf8: bool) -> bytes:
    """LSUB. RFC 3501 §7.2.3."""
    return b"* LSUB " + _list_entry(attributes, strings.mailbox(name, utf8)) + b"\r\n"


def delimiter() -> bytes:
    r"""What LIST with an empty pattern asks for. RFC 9051 §6.3.9."""
    return b"* LIST " + _list_entry(["\\Noselect"], b'""') + b"\r\n"


def _list_entry(attributes: Iterable[str], name: bytes) -> bytes:
    return b'(%b) "%b" %b' % (" ".join(attributes).encode("ascii"), DELIMITER.encode("ascii"), name)


def status(name: str, items: Iterable[tuple[StatusItem, int | str]], *, utf8: bool) -> bytes:
    """STATUS, items in the order given; those that are no numbers come printed, in ASCII."""
    values = " ".join(f"{item} {value}" for item, value in items).encode("ascii")
    return b"* STATUS %b (%b)\r\n" % (strings.mailbox(name, utf8), values)


def quota(used: int, limit: int) -> bytes:
    """QUOTA of the root ``""``, from octets to the units of 1,024 of RFC 9208 §5.1, both rounded up."""
    return b'* QUOTA "" (STORAGE %d %d)\r\n' % (-(-used // 1024), -(-limit // 1024))


def quota_root(name: str, *, limited: bool, utf8: bool) -> bytes:
    """QUOTAROOT: the root ``""`` for every mailbox, or none where nothing is limited. RFC 9208 §4.2.2."""
    return b"* QUOTAROOT %b%b\r\n" % (strings.mailbox(name, utf8), b' ""' if limited else b"")


def my_rights(name: str, rights: bytes, *, utf8: bool) -> bytes:
    """MYRIGHTS. RFC 4314 §3.8."""
    return b"* MYRIGHTS %b %b\r\n" % (strings.mailbox(name, utf8), rights)


def acl(name: str, entries: Iterable[tuple[str, bytes]], *, utf8: bool) -> bytes:
    """ACL: who has which rights. RFC 4314 §3.6."""
    pairs = b"".join(b" %b %b" % (strings.string(who.encode()), rights) for who, rights in entries)
    return b"* ACL %b%b\r\n" % (strings.mailbox(name, utf8), pairs)


def list_rights(name: str, identifier: str, always: bytes, *, utf8: bool) -> bytes:
    """LISTRIGHTS where nothing can be granted or taken away: only what somebody always has. RFC 4314 §3.7."""
    who = strings.string(identifier.encode())
    return b"* LISTRIGHTS %b %b %b\r\n" % (strings.mailbox(name, utf8), who, always or b'""')


# About messages. RFC 9051 §7.3.4, §7.4, §7.5


def flags(printed: bytes) -> bytes:
    """FLAGS: the flags that this mailbox knows, as ``FlagNames.all`` prints them."""
    return b"* FLAGS (%b)\r\n" % printed


def exists(count: int) -> bytes:
    """EXISTS: how many messages there are."""
    return b"* %d EXISTS\r\n" % count


def recent() -> bytes:
    """RECENT, which RFC 3501 clients wait for: none, ever."""
    return b"* 0 RECENT\r\n"


def expunged(seqnums: Iterable[SeqNum]) -> bytes:
    """EXPUNGE for each, in the order given: that of ``View.expunge``."""
    return b"".join([b"* %d EXPUNGE\r\n" % seqnum for seqnum in seqnums])


def vanished(uids: Iterable[Uid]) -> bytes:
    """VANISHED, for clients that enabled QRESYNC. RFC 7162 §3.2.10."""
    return b"* VANISHED %b\r\n" % compact(uids)


def vanished_earlier(uids: SequenceSet) -> bytes:
    """VANISHED (EARLIER), before anything was counted; nothing when there are none. RFC 7162 §3.2.10.1."""
    return b"* VANISHED (EARLIER) %b\r\n" % bytes(uids) if uids.ranges else b""


def search(numbers: Iterable[int], modseq: ModSeq | None = None) -> bytes:
    """SEARCH, the plain form; ``modseq`` when MODSEQ was asked for. RFC 3501 §7.2.5, RFC 7162 §3.1.6."""
    found = "".join([f" {number}" for number in numbers])
    order = "" if modseq is None else f" (MODSEQ {modseq})"
    return f"* SEARCH{found}{order}\r\n".encode("ascii")


def sort(numbers: Iterable[int], modseq: ModSeq | None = None) -> bytes:
    """SORT, in the order given; ``modseq`` as for SEARCH. RFC 5256 §4, RFC 7162 §3.1.9."""
    found = "".join([f" {number}" for number in numbers])
    order = "" if modseq is None else f" (MODSEQ {modseq})"
    return f"* SORT{found}{order}\r\n".encode("ascii")


def thread(threads: bytes) -> bytes:
    """THREAD; ``threads`` as they are printed, empty for none. RFC 5256 §4."""
    return b"* THREAD %b\r\n" % threads if threads else b"* THREAD\r\n"


def esearch(
    tag: bytes,
    numbers: Sequence[int],
    returns: Collection[ReturnOption],
    *,
    by_uid: bool,
    modseq: ModSeq | None = None,
) -> bytes:
    """ESEARCH; without any numbers, MIN, MAX and ALL are left out. RFC 9051 §7.3.4.

    ``numbers`` ascend, or stand as SORT put them: MIN is the first then, MAX the last (RFC 5267 §3.1).
    PARTIAL is always told, with NIL where its range holds nothing (RFC 9394 §3.1).
    """
    pieces = [b"* ESEARCH (TAG %b)" % strings.string(tag)]
    if by_uid:
        pieces.append(b"UID")
    if numbers and SearchReturn.MIN in returns:
        pieces.append(b"MIN %d" % numbers[0])
    if numbers and SearchReturn.MAX in returns:
        pieces.append(b"MAX %d" % numbers[-1])
    if SearchReturn.COUNT in returns:
        pieces.append(b"COUNT %d" % len(numbers))
    if numbers and SearchReturn.ALL in returns:
        pieces.append(b"ALL %b" % compact(numbers))
    pieces.extend(_partial(option, numbers) for option in returns if isinstance(option, PartialRange))
    if numbers and modseq is not None:
        pieces.append(b"MODSEQ %d" % modseq)
    return b" ".join(pieces) + b"\r\n"


def _partial(wanted: PartialRange, numbers: Sequence[int]) -> bytes:
    return b"PARTIAL (%b %b)" % (bytes(wanted), compact(wanted.of(numbers)) or b"NIL")
