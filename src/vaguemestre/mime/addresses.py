"""Address lists of header fields: From, To, Cc, Reply-To and their like. RFC 5322 §3.4, with RFC 5322 §4.4.

Text is taken as Latin-1, one character an octet, so that ENVELOPE prints the very octets that came;
``mailboxes`` reads them as UTF-8 (RFC 6532 §3.2) when an address is wanted.

Strict where it protects: what lies inside quotes, comments or an encoded word is never taken for an address
(the trick behind spoofed senders), and whatever is left over beside an address marks the entry as unreadable,
without losing the entries around it. Nothing here raises.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from vaguemestre.mail.address import Address, AddressSyntaxError, parse_address


class Entry(NamedTuple):
    """One element of an ENVELOPE address list, RFC 9051 §7.5.2; Latin-1 text, one character an octet.

    ``host`` is ``None`` for the start of a group (``local`` its name) and for its end (``local`` ``None``).
    ``readable`` is false when the element does not follow the grammar.
    """

    name: str | None
    route: str | None
    local: str | None
    host: str | None
    readable: bool = True


GROUP_END: Final = Entry(None, None, None, None)
TOO_MANY: Final = Entry(None, None, "", "", readable=False)
"""Stands at the end of a list whose rest was not looked at."""

MAX_ENTRIES: Final = 2_000  # of a whole message: some 2 µs each to read, ten times their octets once printed
MAX_CAREFUL: Final = 16 * 1_024  # octets of a message read with care: 2 µs each, so 35 ms of everybody's time


@dataclass(slots=True)
class Room:
    """How much of one message's address lists is still looked at, those of messages inside it included."""

    entries: int = MAX_ENTRIES
    careful: int = MAX_CAREFUL


_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+"
_DOTTED = rf"{_ATOM}(?:\.{_ATOM})*"
# RFC 2047 §5: what an encoded word of a phrase may hold, with a few harmless signs that senders add.
_PHRASE_WORD = rf"(?:=\?[A-Za-z0-9*_-]+\?[bBqQ]\?[A-Za-z0-9!*+/=_.'&#$%-]*\?=|(?!=\?){_ATOM})"
# The usual element, nothing else: [phrase] <local@domain> or local@domain, then a comma or the end.
_USUAL: Final = re.compile(
    rf'[ \t]*(?:(?:"([^"\\]*)"[ \t]*|({_PHRASE_WORD}(?:[ \t]+{_PHRASE_WORD})*)[ \t]*)?'
    rf"<({_DOTTED})@({_DOTTED})>"
    rf"|({_DOTTED})@({_DOTTED}))[ \t]*(?:,|\Z)"
)
# RFC 5322 §3.2: quoted strings, domain literals, specials, encoded words (some hold commas), then atoms.
_TOKEN: Final = re.compile(
    r'(?P<blank>[\s\x00]+)|(?P<quoted>"(?:[^"\\]|\\.)*(?:"|\Z))|(?P<literal>\[(?:[^\]\\]|\\.)*(?:\]|\Z))'
    r"|(?P<comment>\()|(?P<special>[<>,;:@.])"
    r"|(?P<word>=\?[^?\s]+\?[bBqQ]\?[^?\r\n]*\?=)|(?P<atom>[^\s\x00\"\[(<>,;:@.]+)",
    re.DOTALL,
)
_COMMENT_MARK: Final = re.compile(r"[()]|\\.", re.DOTALL)
_SIGNS: Final = re.compile(r'[<>@"()]')
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def parse_addresses(value: bytes, room: Room | None = None) -> list[Entry]:
    """The elements of an unfolded address list, in order; ``TOO_MANY`` is the last when they do not fit."""
    room = Room() if room is None else room
    entries, whole = _parsed(value.decode("latin-1"), room)
    if len(entries) > room.entries:
        entries, whole = entries[: room.entries], False
    room.entries -= len(entries)
    return entries if whole else [*entries, TOO_MANY]


def _parsed(text: str, room: Room) -> tuple[list[Entry], bool]:
    """The elements, one too many at most, and whether all of the text was looked at."""
    entries: list[Entry] = []
    at, end = 0, len(text)
    while at < end and len(entries) <= room.entries:
        match = _USUAL.match(text, at)
        if match is None:
            # A group or a comment may have begun before: the careful reading starts over.
            looked_at = text[: room.careful]
            room.careful -= len(looked_at)
            return _Parser(looked_at).entries(), len(looked_at) == end
        quoted, phrase, local, host, bare_local, bare_host = match.groups()
        if local is not None:
            entries.append(Entry(quoted if quoted is not None else phrase, None, local, host))
        else:
            entries.append(Entry(None, None, bare_local, bare_host))
        at = match.end()
    return entries, True


def mailboxes(entries: Iterable[Entry]) -> tuple[tuple[Address, ...], bool]:
    """The addresses that can be read, and whether anything could not."""
    found: list[Address] = []
    unreadable = False
    for entry in entries:
        if entry.host is None:
            continue
        try:
            if not entry.readable:
                raise AddressSyntaxError
            found.append(_address(f"{entry.local}@{entry.host}"))
        except (AddressSyntaxError, UnicodeDecodeError):
            unreadable = True
    return tuple(found), unreadable


@lru_cache(maxsize=1_024)  # the same few people write again and again; only what is an address is remembered
def _address(text: str) -> Address:
    return parse_address(text if text.isascii() else text.encode("latin-1").decode("utf-8"))


class _Parser:
    """Reads the full grammar, element by element, over tokens without blanks and comments."""

    def __init__(self, text: str) -> None:
        self._entries: list[Entry] = []
        self._words: list[tuple[str, str]] = []  # (kind, text) of the element being read; blanks kept as kind
        self._comment: str | None = None
        self._in_group = False
        self._read(text)

    def entries(self) -> list[Entry]:
        """What was read."""
        return self._entries

    def _read(self, text: str) -> None:
        at = 0
        in_angle = False
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:  # an octet no piece begins with, such as a lone backslash
                self._words.append(("atom", text[at]))
                at += 1
                continue
            kind, piece = str(match.lastgroup), match[0]
            at = match.end()
            if kind == "comment":
                inside, at = _comment(text, at)
                self._comment = inside if self._comment is None else self._comment
                self._words.append(("blank", " "))
            elif kind != "special" or piece in "@.":
                self._words.append((kind, piece))
            elif piece == "<":
                in_angle = True
                self._words.append((kind, piece))
            elif piece == ">":
                in_angle = False
                self._words.append((kind, piece))
            elif in_angle:  # commas and colons of an obsolete route
                self._words.append((kind, piece))
            elif piece == "," or (piece == ";" and not self._in_group):
                self._flush()
            elif piece == ":" and not self._in_group:
                self._open_group()
            elif piece == ";":
                self._flush()
                self._entries.append(GROUP_END)
                self._in_group = False
            else:
                self._words.append((kind, piece))
        self._flush()
        if self._in_group:
            self._entries.append(GROUP_END)

    def _open_group(self) -> None:
        self._entries.append(Entry(None, None, _phrase(self._words) or "", None))
        self._words, self._comment, self._in_group = [], None, True

    def _flush(self) -> None:
        """RFC 5322 §3.4: mailbox = name-addr / addr-spec; nothing between two commas is nothing."""
        words, comment = self._words, self._comment
        self._words, self._comment = [], None
        if all(kind == "blank" for kind, _ in words):
            return
        opening = next((i for i, word in enumerate(words) if word == ("special", "<")), None)
        if opening is None:
            local, host, readable = _addr_spec(words)
            self._entries.append(Entry(comment, None, local, host, readable))
            return
        closing = next((i for i, word in enumerate(words) if word == ("special", ">")), len(words))
        inside, rest = words[opening + 1 : closing], words[closing + 1 :]
        route = None
        if ("special", ":") in inside:  # RFC 5322 §4.4: obs-angle-addr = "<" obs-route addr-spec ">"
            colon = inside.index(("special", ":"))
            route = "".join(token for kind, token in inside[:colon] if kind != "blank")
            inside = inside[colon + 1 :]
        local, host, readable = _addr_spec(inside)
        # Something beside the angle brackets, or no closing one: who is meant is not sure any more.
        readable = readable and closing < len(words) and all(kind == "blank" for kind, _ in rest)
        before = words[:opening]
        # An encoded word with such signs is one word to some readers and an address to others.
        readable = readable and not any(kind == "word" and _SIGNS.search(text) for kind, text in before)
        readable = readable and ("special", "@") not in before and ("special", ">") not in before
        self._entries.append(Entry(_phrase(before) or comment, route, local, host, readable))


def _comment(text: str, at: int) -> tuple[str, int]:
    """RFC 5322 §3.2.2: comments nest. Its text, and where it ends."""
    depth, start = 1, at
    for match in _COMMENT_MARK.finditer(text, at):
        if match[0] == "(":
            depth += 1
        elif match[0] == ")":
            depth -= 1
            if depth == 0:
                return _ESCAPE.sub(r"\1", text[start : match.start()]), match.end()
    return text[start:], len(text)


def _unquoted(token: str) -> str:
    inside = token[1:-1] if len(token) > 1 and token.endswith('"') else token[1:]
    return _ESCAPE.sub(r"\1", inside) if "\\" in inside else inside


def _phrase(words: list[tuple[str, str]]) -> str | None:
    """A display name: quotes removed, blanks folded into one space. Encoded words stay as they are."""
    pieces = [
        " " if kind == "blank" else _unquoted(token) if kind == "quoted" else token for kind, token in words
    ]
    return " ".join("".join(pieces).split()) or None


def _addr_spec(words: list[tuple[str, str]]) -> tuple[str, str, bool]:
    """RFC 5322 §3.4.1: addr-spec = local-part "@" domain. Local part, domain, and whether it is one.

    A quoted local part that needs no quotes loses them: ``"claire"@x`` and ``claire@x`` are one mailbox.
    """
    tokens = [word for word in words if word[0] != "blank"]
    ats = [i for i, word in enumerate(tokens) if word == ("special", "@")]
    if len(ats) != 1 or len(tokens) != len(_trimmed(words)):
        text = "".join(token for _, token in tokens)
        local, _, host = text.rpartition("@") if ats else (text, "", "")
        return local, host, False
    local_words, host_words = tokens[: ats[0]], tokens[ats[0] + 1 :]
    local = "".join(token for _, token in local_words)
    host = "".join(token for _, token in host_words)
    if len(local_words) == 1 and local_words[0][0] == "quoted":
        inside = _unquoted(local)
        local = inside if re.fullmatch(_DOTTED, inside) else local
        readable = True
    else:
        readable = re.fullmatch(_DOTTED, local) is not None
    return local, host, readable and bool(host)


def _trimmed(words: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without the blanks at both ends: those inside an address are no part of the modern grammar."""
    start, end = 0, len(words)
    while start < end and words[start][0] == "blank":
        start += 1
    while end > start and words[end - 1][0] == "blank":
        end -= 1
    return words[start:end]
