"""A message as APPEND and REPLACE take it: ``append-message``. RFC 4466 §5.

After flags and a date it is one literal, or parts that follow one another (CATENATE, RFC 4469 §3): texts,
which are literals, and URLs of what is in a mailbox already. A literal may be large: the frame streams it, so
what is parsed here is the same before its first octet (to refuse early) and after the last of the command;
but a list of parts that breaks off there is not whole. A literal8 is of RFC 3516 §4.4.

``UTF8 (~{n})`` is how RFC 6855 §4 has messages with headers in UTF-8 sent; RFC 9755 §4 did away with it, and
RFC 9051 never had it: there such a message is a literal as any other. Both are read.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner

MAX_PARTS: Final = 200  # of one command, parsed again at each literal; a forwarded attachment takes three


@dataclass(frozen=True, slots=True)
class TextPart:
    """A literal; ``size`` in octets; ``is_binary`` when NUL may stand in it: a literal8."""

    size: int
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class UrlPart:
    """What a URL names, as the client wrote it: whether it is one is found out when it is asked for."""

    url: bytes


Part: TypeAlias = TextPart | UrlPart


@dataclass(frozen=True, slots=True)
class AppendMessage:
    """``date`` is aware, UTC. ``parts`` follow one another; unless it ``is_whole``, more may come."""

    flags: tuple[str, ...]
    date: datetime | None
    parts: tuple[Part, ...]
    is_whole: bool = True

    @property
    def is_binary(self) -> bool:
        """Whether NUL may stand in it."""
        return any(isinstance(part, TextPart) and part.is_binary for part in self.parts)


def append_message(scanner: Scanner, room: int = MAX_PARTS) -> AppendMessage:
    """``[(flag …)] [date-time] literal | UTF8 (literal8) | CATENATE (part …)``, ``room`` parts at most."""
    flags: tuple[str, ...] = ()
    if scanner.peek() == b"(":
        flags = grammar.flag_list(scanner)
        scanner.space()
    date: datetime | None = None
    if scanner.peek() == b'"':
        date = grammar.date_time(scanner)
        scanner.space()
    if scanner.take_word(b"CATENATE ("):
        parts, is_whole = _catenated(scanner, room)
        return AppendMessage(flags, date, parts, is_whole)
    if scanner.take_word(b"UTF8 ("):
        return AppendMessage(flags, date, (_utf8_text(scanner),))
    return AppendMessage(flags, date, (_text(scanner),))


def _catenated(scanner: Scanner, room: int) -> tuple[tuple[Part, ...], bool]:
    """RFC 4469 §5: cat-part *(SP cat-part) ")"; and whether it was read to its end."""
    parts = [_part(scanner)]
    while not scanner.broken_off:
        if scanner.take(b")"):
            return tuple(parts), True
        scanner.space()
        if len(parts) >= room:
            raise CommandSyntaxError(f"Expected at most {MAX_PARTS} parts in one command")
        parts.append(_part(scanner))
    return tuple(parts), False


def _part(scanner: Scanner) -> Part:
    """RFC 4469 §5: cat-part = text-literal / url; RFC 6855 §4 adds its own form of a literal."""
    if scanner.take_word(b"TEXT "):
        return _text(scanner)
    if scanner.take_word(b"URL "):
        return UrlPart(grammar.astring(scanner, "a URL"))
    if scanner.take_word(b"UTF8 ("):
        return _utf8_text(scanner)
    raise CommandSyntaxError("Expected TEXT or URL here")


def _text(scanner: Scanner) -> TextPart:
    is_binary = scanner.peek() == b"~"
    return TextPart(scanner.message(), is_binary)


def _utf8_text(scanner: Scanner) -> TextPart:
    if not scanner.session.utf8_accept:
        raise CommandSyntaxError("UTF8 wants ENABLE UTF8=ACCEPT first")
    if scanner.peek() != b"~":
        raise CommandSyntaxError("Expected a literal8 here, such as ~{310}")
    size = scanner.message()
    if not scanner.broken_off:
        scanner.expect(b")")
    return TextPart(size)
