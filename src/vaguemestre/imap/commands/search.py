"""SEARCH and UID SEARCH. RFC 9051 §6.4.4, RFC 3501 §6.4.4.

RETURN is of RFC 4731, its SAVE of RFC 5182 §2.1, its PARTIAL of RFC 9394 §3.1, ages of RFC 5032 §3.

EMAILID and THREADID are of RFC 8474 §6, SAVEDON and its like of RFC 8514 §4.3. Texts are decoded here, by
the charset named or UTF-8, so that everything after compares characters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import BadCharsetError, CommandSyntaxError, UidRequiredError
from vaguemestre.imap.object_id import OBJECT_ID
from vaguemestre.imap.partial_range import PartialRange, partial_range
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.search_key import (
    All,
    And,
    BodyHas,
    Dated,
    DateField,
    DateRelation,
    HasEmailId,
    HasFlag,
    HasThreadId,
    HeaderHas,
    InSequence,
    InUids,
    Larger,
    ModSeqAtLeast,
    Not,
    Older,
    Or,
    Recent,
    SearchKey,
    Smaller,
    TextHas,
    Younger,
)
from vaguemestre.imap.sequence import SEQUENCE_SET

MAX_NESTING: Final = 50  # parentheses, NOT and left-hand ORs inside one another; no client goes past five
MAX_KEYS: Final = 5000  # keys in one command: evaluation is keys × messages
MAX_FIELDS: Final = 50  # different header fields in one command: each is sought in every header
CHARSETS: Final = {
    "US-ASCII": "ascii",
    "UTF-8": "utf-8",
    "ISO-8859-1": "latin-1",
    "ISO-8859-15": "iso8859-15",
}


class SearchReturn(StrEnum):
    """What RETURN asks for. RFC 9051 §6.4.4. SAVE keeps the result for ``$``, and tells nothing itself."""

    MIN = "MIN"
    MAX = "MAX"
    ALL = "ALL"
    COUNT = "COUNT"
    SAVE = "SAVE"


ReturnOption: TypeAlias = SearchReturn | PartialRange
"""A word, or the range that stood after PARTIAL: one at most, and never beside ALL."""


@dataclass(frozen=True, slots=True)
class Search:
    """``returns`` is None for the plain form; ``RETURN ()`` is {ALL}, as RFC 9051 says."""

    key: SearchKey
    returns: frozenset[ReturnOption] | None = None
    by_uid: bool = False


def parse(scanner: Scanner, by_uid: bool = False) -> Search:
    """``[UID] SEARCH [RETURN (…)] [CHARSET charset] key …``."""
    scanner.space()
    returns = return_options(scanner)
    codec = "utf-8"
    if scanner.take_word(b"CHARSET "):
        if scanner.session.utf8_accept:  # RFC 6855 §3: two labels for one text could disagree
            raise CommandSyntaxError("Expected no CHARSET after ENABLE UTF8=ACCEPT: texts are in UTF-8")
        codec = codec_named(scanner, returns)
    return Search(keys(scanner, codec), returns, by_uid)


def parse_uid(scanner: Scanner) -> Search:
    """``UID SEARCH``."""
    return parse(scanner, by_uid=True)


def return_options(scanner: Scanner) -> frozenset[ReturnOption] | None:
    """``RETURN (…)`` and the space after it, or nothing at all."""
    if not scanner.take_word(b"RETURN "):
        return None
    options = grammar.parenthesised(scanner, _return, limit=10)
    scanner.space()
    partials = sum(isinstance(option, PartialRange) for option in options)
    if partials > 1 or (partials and SearchReturn.ALL in options):
        raise CommandSyntaxError("PARTIAL stands once, and not beside ALL")
    return frozenset(options or {SearchReturn.ALL})


def codec_named(scanner: Scanner, returns: frozenset[ReturnOption] | None) -> str:
    """The name of a charset and the space after it, as the codec that reads it; raises BadCharsetError."""
    charset = grammar.astring_text(scanner, "the name of a charset").upper()
    if charset not in CHARSETS:
        error = BadCharsetError("This charset is not known here")
        error.saving = returns is not None and SearchReturn.SAVE in returns
        raise error
    scanner.space()
    return CHARSETS[charset]


def keys(scanner: Scanner, codec: str) -> SearchKey:
    """The search keys, to the end of the command."""
    return _Keys(scanner, codec).until_end()


def _return(scanner: Scanner) -> ReturnOption:
    word = grammar.word(scanner, "a search return option")
    if word == "PARTIAL":
        return partial_range(scanner)
    try:
        return SearchReturn(word)
    except ValueError:
        raise CommandSyntaxError(f"Expected return options among {' '.join(SearchReturn)} PARTIAL") from None


_FLAG_KEYS: Final[dict[str, SearchKey]] = {
    "ALL": All(),
    "ANSWERED": HasFlag("\\Answered"),
    "DELETED": HasFlag("\\Deleted"),
    "DRAFT": HasFlag("\\Draft"),
    "FLAGGED": HasFlag("\\Flagged"),
    "NEW": And((Recent(), Not(HasFlag("\\Seen")))),
    "OLD": Not(Recent()),
    "RECENT": Recent(),
    "SAVEDATESUPPORTED": All(),  # RFC 8514 §4.3: every mailbox knows when its messages were saved
    "SEEN": HasFlag("\\Seen"),
    "UNANSWERED": Not(HasFlag("\\Answered")),
    "UNDELETED": Not(HasFlag("\\Deleted")),
    "UNDRAFT": Not(HasFlag("\\Draft")),
    "UNFLAGGED": Not(HasFlag("\\Flagged")),
    "UNSEEN": Not(HasFlag("\\Seen")),
}

_DATE_KEYS: Final[dict[str, tuple[DateField, DateRelation]]] = {
    "BEFORE": (DateField.INTERNAL, DateRelation.BEFORE),
    "ON": (DateField.INTERNAL, DateRelation.ON),
    "SINCE": (DateField.INTERNAL, DateRelation.SINCE),
    "SAVEDBEFORE": (DateField.SAVED, DateRelation.BEFORE),
    "SAVEDON": (DateField.SAVED, DateRelation.ON),
    "SAVEDSINCE": (DateField.SAVED, DateRelation.SINCE),
    "SENTBEFORE": (DateField.SENT, DateRelation.BEFORE),
    "SENTON": (DateField.SENT, DateRelation.ON),
    "SENTSINCE": (DateField.SENT, DateRelation.SINCE),
}

_FIELD_KEYS: Final = frozenset({"BCC", "CC", "FROM", "SUBJECT", "TO"})


class _Keys:
    """Reads keys, counting them and how deep they stand."""

    def __init__(self, scanner: Scanner, codec: str) -> None:
        self._scanner = scanner
        self._codec = codec
        self._count = 0
        self._fields: set[str] = set()

    def until_end(self) -> SearchKey:
        keys = [self._key(0)]
        while not self._scanner.at_end:
            self._scanner.space()
            keys.append(self._key(0))
        return keys[0] if len(keys) == 1 else And(tuple(keys))

    def _key(self, depth: int) -> SearchKey:
        if depth > MAX_NESTING:
            raise CommandSyntaxError(f"Expected search keys nested {MAX_NESTING} deep at most")
        self._count += 1
        if self._count > MAX_KEYS:
            raise CommandSyntaxError(f"Expected at most {MAX_KEYS} search keys")
        scanner = self._scanner
        if scanner.take(b"("):
            return self._group(depth)
        if scanner.looking_at(SEQUENCE_SET) or scanner.peek() == b"$":
            if scanner.session.uid_only and scanner.peek() != b"$":
                raise UidRequiredError
            return InSequence(grammar.sequence_set(scanner))
        word = grammar.word(scanner, "a search key")
        if word in _FLAG_KEYS:
            return _FLAG_KEYS[word]
        if word == "OR":
            return self._or(depth)
        if word == "NOT":
            scanner.space()
            return Not(self._key(depth + 1))
        return self._with_argument(word)

    def _group(self, depth: int) -> SearchKey:
        keys = [self._key(depth + 1)]
        while not self._scanner.take(b")"):
            self._scanner.space()
            keys.append(self._key(depth + 1))
        return keys[0] if len(keys) == 1 else And(tuple(keys))

    def _or(self, depth: int) -> SearchKey:
        """``OR a OR b c``: clients chain ORs by hundreds to the right, so those cost no depth."""
        scanner = self._scanner
        keys = []
        scanner.space()
        while True:
            keys.append(self._key(depth + 1))
            scanner.space()
            if not scanner.take_word(b"OR "):
                keys.append(self._key(depth + 1))
                return Or(tuple(keys))

    def _with_argument(self, word: str) -> SearchKey:
        if word not in _FIELD_KEYS and word not in _DATE_KEYS and word not in _ARGUMENT_KEYS:
            raise CommandSyntaxError("Expected a search key that RFC 9051 or RFC 3501 knows")
        self._scanner.space()
        if word in _FIELD_KEYS:
            return self._header_has(word.lower())
        if word in _DATE_KEYS:
            field, relation = _DATE_KEYS[word]
            return Dated(field, relation, grammar.date_value(self._scanner))
        return _ARGUMENT_KEYS[word](self)

    def _text(self) -> str:
        try:
            return grammar.astring(self._scanner, "a text").decode(self._codec)
        except UnicodeDecodeError:
            raise CommandSyntaxError("Expected a text in the charset named, or in UTF-8") from None

    def body(self) -> SearchKey:
        return BodyHas(self._text())

    def text(self) -> SearchKey:
        return TextHas(self._text())

    def header(self) -> SearchKey:
        name = grammar.astring_text(self._scanner, "the name of a header field").lower()
        self._scanner.space()
        return self._header_has(name)

    def _header_has(self, name: str) -> SearchKey:
        self._fields.add(name)
        if len(self._fields) > MAX_FIELDS:
            raise CommandSyntaxError(f"Expected at most {MAX_FIELDS} different header fields")
        return HeaderHas(name, self._text())

    def keyword(self) -> SearchKey:
        return HasFlag(grammar.atom(self._scanner, "a keyword"))

    def unkeyword(self) -> SearchKey:
        return Not(self.keyword())

    def larger(self) -> SearchKey:
        return Larger(grammar.number64(self._scanner))

    def smaller(self) -> SearchKey:
        return Smaller(grammar.number64(self._scanner))

    def older(self) -> SearchKey:
        return Older(grammar.nonzero(self._scanner))

    def younger(self) -> SearchKey:
        return Younger(grammar.nonzero(self._scanner))

    def uid(self) -> SearchKey:
        return InUids(grammar.sequence_set(self._scanner))

    def email_id(self) -> SearchKey:
        return HasEmailId(self._object_id())

    def thread_id(self) -> SearchKey:
        return HasThreadId(self._object_id())

    def _object_id(self) -> bytes:
        return self._scanner.match(OBJECT_ID, "an object identifier")[0]

    def modseq(self) -> SearchKey:
        """RFC 7162 §3.1.5: MODSEQ [entry-name SP entry-type] modseq."""
        if self._scanner.at_string():
            self._scanner.string()
            self._scanner.space()
            if grammar.word(self._scanner, "all, priv or shared") not in {"ALL", "PRIV", "SHARED"}:
                raise CommandSyntaxError("Expected all, priv or shared here")
            self._scanner.space()
        return ModSeqAtLeast(grammar.number64(self._scanner))


_ARGUMENT_KEYS: Final[dict[str, Callable[[_Keys], SearchKey]]] = {
    "BODY": _Keys.body,
    "EMAILID": _Keys.email_id,
    "HEADER": _Keys.header,
    "KEYWORD": _Keys.keyword,
    "LARGER": _Keys.larger,
    "MODSEQ": _Keys.modseq,
    "OLDER": _Keys.older,
    "SMALLER": _Keys.smaller,
    "TEXT": _Keys.text,
    "THREADID": _Keys.thread_id,
    "UID": _Keys.uid,
    "UNKEYWORD": _Keys.unkeyword,
    "YOUNGER": _Keys.younger,
}
