"""Commands and their arguments: lines to values.

RFC 5321 §4.1.1 gives each command, RFC 5321 §4.1.2 the paths. What is bent, for clients that exist: spaces
after the colon (``MAIL FROM: <a@b>``, RFC 5321 §3.3 forbids them; old practice software and scanners send
them) and before the end of the line (RFC 5321 §4.1.1 asks receivers to tolerate those). An address without
its angle brackets is refused.

Each error carries its reply: a sentence for who must mend the client.
"""

import re
from typing import Final, NamedTuple

from vaguemestre.mail.address import Address, AddressSyntaxError, ReversePath, parse_address
from vaguemestre.mail.dsn import Wish
from vaguemestre.mail.reply import Reply
from vaguemestre.smtp import replies
from vaguemestre.smtp.parameters import (
    MailParameters,
    ParameterError,
    parse_mail_parameters,
    parse_rcpt_parameters,
)


class CommandSyntaxError(ValueError):
    """Not what RFC 5321 §4.1.1 asks for; ``reply`` is what to answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class LostPlaceError(CommandSyntaxError):
    """Nobody can tell where the next command begins: the session is over."""


class Command(NamedTuple):
    """One line: the verb in capitals, and what follows it without the spaces around."""

    verb: str
    argument: str


class Mail(NamedTuple):
    """MAIL FROM, read. RFC 5321 §4.1.1.2."""

    reverse_path: ReversePath
    parameters: MailParameters


class Rcpt(NamedTuple):
    """RCPT TO, read. RFC 5321 §4.1.1.3."""

    recipient: Address
    wish: Wish


_VERB = re.compile(rb"[A-Za-z][A-Za-z0-9]*")
# However it goes on: who means to announce a chunk sends its octets next. RFC 3030 §2.
_ANNOUNCES_A_CHUNK = re.compile(rb"[ \t]*BDAT(?![A-Za-z])", re.IGNORECASE)
# Reverse-path = Path / "<>"; Path = "<" [ A-d-l ":" ] Mailbox ">"; a quoted local part may hold ">"
_PATH = r' *<((?:[^<>"]|"(?:[^"\\]|\\.)*")*)> *(?: (.*))?'
_MAIL = re.compile(rf"FROM:{_PATH}", re.IGNORECASE)
_RCPT = re.compile(rf"TO:{_PATH}", re.IGNORECASE)
# A-d-l = At-domain *( "," At-domain ): RFC 5321 §4.1.2 has it accepted, and ignored.
_SOURCE_ROUTE = re.compile(r"@[^@:,\s]+(?:,@[^@:,\s]+)*:")
# RFC 5321 §4.1.1.1: Domain / address-literal. Judged loosely: half the clients send their machine's own name.
_HOST = re.compile(r"[^\x00-,/:-@\[-^`{-\x7f]{1,255}|\[[A-Za-z0-9:.%-]{1,100}\]")

_MAIL_FORM: Final = Reply(501, 5, 2, "The form is MAIL FROM:<address> and its parameters")
_RCPT_FORM: Final = Reply(501, 5, 2, "The form is RCPT TO:<address>")
_NEEDS_SMTPUTF8: Final = Reply(553, 6, 7, "An address with accents needs the SMTPUTF8 parameter")


def mistake_in(line: bytes | bytearray, reply: Reply) -> CommandSyntaxError:
    """The error for a line that cannot be read as it stands, or of which only the beginning is known.

    When it would have announced a chunk, octets of a message follow, nobody knows how many.
    """
    if _ANNOUNCES_A_CHUNK.match(line) is not None:
        return LostPlaceError(replies.CHUNK_EXPECTED)
    return CommandSyntaxError(reply)


def parse_command(line: bytes) -> Command:
    """Read one line, without its CRLF. Raises CommandSyntaxError when it has no verb or is not UTF-8."""
    verb, _, argument = line.partition(b" ")
    if _VERB.fullmatch(verb) is None:
        raise mistake_in(line, replies.NOT_A_COMMAND)
    try:
        command = Command(verb.decode().upper(), argument.decode().strip(" \t"))
    except UnicodeDecodeError:
        raise mistake_in(line, replies.NOT_UTF8) from None
    if command.verb != "BDAT" and _ANNOUNCES_A_CHUNK.match(verb) is not None:  # BDAT5
        raise LostPlaceError(replies.CHUNK_EXPECTED)
    return command


def parse_host(argument: str) -> str:
    """The name a client gives itself in HELO or EHLO. Raises CommandSyntaxError."""
    if _HOST.fullmatch(argument) is None:
        raise CommandSyntaxError(replies.HOST_NAME_EXPECTED)
    return argument


def parse_mail(argument: str) -> Mail:
    """Read what follows MAIL. Raises CommandSyntaxError."""
    match = _MAIL.fullmatch(argument)
    if match is None:
        raise CommandSyntaxError(_MAIL_FORM)
    try:
        parameters = parse_mail_parameters(match[2] or "")
    except ParameterError as error:
        raise CommandSyntaxError(error.reply) from None
    path = match[1]
    if not path:
        return Mail(None, parameters)
    # RFC 3463 §3.2: 5.1.7 is a bad sender's address, 5.1.3 a bad recipient's.
    return Mail(_address(path, 7, parameters.smtputf8), parameters)


def parse_rcpt(argument: str, smtputf8: bool, own_domain: str) -> Rcpt:
    """Read what follows RCPT. Raises CommandSyntaxError.

    ``smtputf8`` is what MAIL said. ``<Postmaster>`` alone is the postmaster of ``own_domain``
    (RFC 5321 §4.1.1.3).
    """
    match = _RCPT.fullmatch(argument)
    if match is None:
        raise CommandSyntaxError(_RCPT_FORM)
    try:
        wish = parse_rcpt_parameters(match[2] or "")
    except ParameterError as error:
        raise CommandSyntaxError(error.reply) from None
    path = match[1]
    if path.lower() == "postmaster":
        return Rcpt(Address(path, own_domain), wish)
    return Rcpt(_address(path, 3, smtputf8), wish)


def _address(path: str, detail: int, smtputf8: bool) -> Address:
    """The mailbox in a path; a source route before it is dropped."""
    if path.startswith("@"):
        path = _SOURCE_ROUTE.sub("", path, count=1)
    if not smtputf8 and not path.isascii():
        raise CommandSyntaxError(_NEEDS_SMTPUTF8)
    try:
        return parse_address(path)
    except AddressSyntaxError as error:
        raise CommandSyntaxError(Reply(553, 1, detail, f"Malformed address: {error}")) from None
