"""Reads one command from left to right, token by token. RFC 9051 §9.

The scanner knows octets, quoted strings and literals; what the tokens mean is ``grammar``'s. Every refusal is
a sentence that names what was expected, never what was found: that could be a password.
"""

import re
from typing import Final

from vaguemestre.imap.command_line import CommandLine, Streamed
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.session import Session

# RFC 9051 §9: quoted = DQUOTE *QUOTED-CHAR DQUOTE. Octets above 127 are UTF-8 of RFC 9051; RFC 3501 clients
# that send them anyway (older webmails) mean the same, so they are taken in every state.
_QUOTED: Final = re.compile(rb'"([^"\\\r\n\0]*(?:\\["\\][^"\\\r\n\0]*)*)"')
_ESCAPED: Final = re.compile(rb"\\(.)")
# RFC 9051 §9: literal = "{" number64 ["+"] "}" CRLF *CHAR8; "~" announces the literal8 of RFC 3516.
_LITERAL: Final = re.compile(rb"~?\{[0-9]+\+?\}\r\n")

_FRESH: Final = Session()


class Scanner:
    """A place in a command. ``session``: what its client enabled, which changes what some words mean."""

    __slots__ = ("_at", "_breaks_off", "_literal", "_literals", "_text", "session")

    def __init__(self, line: CommandLine, session: Session = _FRESH) -> None:
        self._text = line.text
        self._literals = line.literals
        self._breaks_off = line.breaks_off
        self._literal = 0
        self._at = 0
        self.session = session

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self._at >= len(self._text)

    @property
    def broken_off(self) -> bool:
        """Whether this is where a head breaks off: what would follow is not known yet."""
        return self._breaks_off and self.at_end

    def peek(self) -> bytes:
        """The next octet without taking it; empty at the end."""
        return self._text[self._at : self._at + 1]

    def looking_at(self, pattern: re.Pattern[bytes]) -> bool:
        """Whether the pattern matches here."""
        return pattern.match(self._text, self._at) is not None

    def take(self, octets: bytes) -> bool:
        """Take these octets if they come next, in this very case."""
        if self._text.startswith(octets, self._at):
            self._at += len(octets)
            return True
        return False

    def take_word(self, octets: bytes) -> bool:
        """Take these octets, given in capitals, if they come next in any case."""
        end = self._at + len(octets)
        if self._text[self._at : end].upper() == octets:
            self._at = end
            return True
        return False

    def expect(self, octets: bytes) -> None:
        """Take these octets or refuse."""
        if not self.take(octets):
            name = "a space" if octets == b" " else f'"{octets.decode("ascii")}"'
            raise CommandSyntaxError(f"Expected {name} here")

    def space(self) -> None:
        """Exactly one space. RFC 9051 §9: SP; several are not one."""
        self.expect(b" ")

    def end(self) -> None:
        """Refuse whatever is left."""
        if not self.at_end:
            raise CommandSyntaxError("Expected the end of the command here")

    def match(self, pattern: re.Pattern[bytes], expected: str) -> re.Match[bytes]:
        """Take what the pattern matches here, or refuse saying what was expected (``a date``)."""
        found = pattern.match(self._text, self._at)
        if found is None:
            raise CommandSyntaxError(f"Expected {expected} here")
        self._at = found.end()
        return found

    def at_string(self) -> bool:
        """Whether a quoted string or a literal comes next."""
        return self._text[self._at : self._at + 1] == b'"' or self.at_literal()

    def at_literal(self) -> bool:
        """Whether a literal comes next."""
        return self.looking_at(_LITERAL)

    def string(self) -> bytes:
        """A quoted string, unescaped, or a literal. No NUL in either (RFC 9051 §4.3)."""
        if self.peek() == b'"':
            quoted = self.match(_QUOTED, "a closed quoted string").group(1)
            if self.session.utf8 and not quoted.isascii():
                _require_utf8(quoted)
            return _ESCAPED.sub(rb"\1", quoted) if b"\\" in quoted else quoted
        literal = self._next_literal("a string")
        if isinstance(literal, Streamed):
            raise CommandSyntaxError("A message does not stand here")
        if b"\0" in literal:
            raise CommandSyntaxError("A string holds no NUL")
        return literal

    def message(self) -> int:
        """The literal of a message, which is elsewhere already (or about to come): its size in octets."""
        literal = self._next_literal("the message as a literal")
        return literal.size if isinstance(literal, Streamed) else len(literal)

    def _next_literal(self, expected: str) -> bytes | Streamed:
        self.match(_LITERAL, expected)
        literal = self._literals[self._literal]
        self._literal += 1
        return literal


def _require_utf8(quoted: bytes) -> None:
    """RFC 6855 §3: who enabled UTF-8 in quoted strings sends nothing else in them."""
    try:
        quoted.decode("utf-8")
    except UnicodeDecodeError:
        raise CommandSyntaxError("Expected UTF-8 in a quoted string") from None
