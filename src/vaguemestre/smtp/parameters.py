"""The parameters after a path: what MAIL and RCPT may carry beside the address.

RFC 5321 §4.1.2: esmtp-param = esmtp-keyword ["=" esmtp-value]. SIZE is RFC 1870 §5, BODY RFC 6152 §2
and RFC 3030 §3, SMTPUTF8 RFC 6531 §3.4, AUTH RFC 4954 §5, those of DSN RFC 3461 §4,
REQUIRETLS RFC 8689 §2, HOLDFOR and HOLDUNTIL RFC 4865 §3, BY RFC 2852 §4. What is not offered is
refused, 555.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from vaguemestre.mail.deliver_by import By
from vaguemestre.mail.dsn import NO_WISH, Notify, Returned, Wish
from vaguemestre.mail.reply import Reply
from vaguemestre.smtp.by import parse_by
from vaguemestre.smtp.hold import parse_hold_for, parse_hold_until

# esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
# esmtp-value = 1*(%d33-60 / %d62-126), widened by RFC 6531 §3.3 to UTF8-non-ascii
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^\x00- =\x7f]+))?")
# RFC 1870 §5: size-value = 1*20DIGIT
_SIZE = re.compile(r"[0-9]{1,20}")
# RFC 4954 §5: xtext / "<>"; RFC 3461 §4: xtext = *(xchar / hexchar), hexchar = "+" 2HEXDIG in capitals
_XTEXT: Final = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")
_HEXCHAR: Final = re.compile(r"\+([0-9A-F]{2})")
_LONGEST_ENVID: Final = 100  # RFC 3461 §4.4
_LONGEST_ORCPT: Final = 500  # RFC 3461 §4.2
_AUTH = re.compile(r"<>|(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")


class ParameterError(ValueError):
    """A parameter that is malformed, given twice or not offered; ``reply`` says which."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Body(StrEnum):
    """How wide the octets of the message are. RFC 6152 §2; RFC 3030 §3."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"
    BINARY = "BINARYMIME"


@dataclass(frozen=True, slots=True)
class MailParameters:
    """What came with MAIL. ``size`` is in octets, as the client will send them without the dots.

    ``hold`` is how long the message is to be held, or until when; ``by`` within how long it is delivered.
    """

    size: int | None = None
    body: Body = Body.SEVEN_BIT
    smtputf8: bool = False
    returned: Returned | None = None
    identifier: str = ""
    requires_tls: bool = False
    hold: timedelta | datetime | None = None
    by: By | None = None


NO_MAIL_PARAMETERS: Final = MailParameters()


def parse_mail_parameters(text: str) -> MailParameters:
    """Read what follows the reverse-path. Raises ParameterError."""
    if not text:
        return NO_MAIL_PARAMETERS
    size: int | None = None
    body = Body.SEVEN_BIT
    smtputf8 = False
    returned: Returned | None = None
    identifier = ""
    requires_tls = False
    hold: timedelta | datetime | None = None
    by: By | None = None
    for keyword, value in _parameters(text).items():
        match keyword:
            case "SIZE":
                if value is None or _SIZE.fullmatch(value) is None:
                    raise ParameterError(_bad("SIZE is a number of octets, twenty digits at most"))
                size = int(value)
            case "RET":
                if value is None or value.upper() not in {"FULL", "HDRS"}:
                    raise ParameterError(_bad("RET is FULL or HDRS"))
                returned = Returned(value.upper())
            case "ENVID":
                if value is None or len(value) > _LONGEST_ENVID or _XTEXT.fullmatch(value) is None:
                    raise ParameterError(_bad("ENVID is xtext, 100 characters at most"))
                identifier = _decoded(value)
            case "BODY":
                if value is None or value.upper() not in set(Body):
                    raise ParameterError(_bad("BODY is 7BIT, 8BITMIME or BINARYMIME"))
                body = Body(value.upper())
            case "SMTPUTF8":
                if value is not None:
                    raise ParameterError(_bad("SMTPUTF8 takes no value"))
                smtputf8 = True
            case "REQUIRETLS":
                if value is not None:
                    raise ParameterError(_bad("REQUIRETLS takes no value"))
                requires_tls = True
            case "HOLDFOR" | "HOLDUNTIL":
                if hold is not None:
                    raise ParameterError(_bad("A message is held by HOLDFOR or by HOLDUNTIL, not by both"))
                hold = _hold(keyword, value or "")
            case "BY":
                by = _by(value or "")
            case "AUTH":
                # Read and forgotten: RFC 4954 §5 has a server that trusts nobody's word take it for <>.
                if value is None or _AUTH.fullmatch(value) is None:
                    raise ParameterError(_bad("AUTH is an address in xtext, or <>"))
            case _:
                raise ParameterError(Reply(555, 5, 4, "This parameter of MAIL is not offered here"))
    return MailParameters(size, body, smtputf8, returned, identifier, requires_tls, hold, by)


def parse_rcpt_parameters(text: str) -> Wish:
    """Read what follows the forward-path. Raises ParameterError."""
    if not text:
        return NO_WISH
    notify, original = frozenset[Notify](), ""
    for keyword, value in _parameters(text).items():
        match keyword:
            case "NOTIFY":
                notify = _notify(value)
            case "ORCPT":
                # RFC 3461 §4.2: addr-type ";" xtext, whose case is kept
                kind, sign, coded = (value or "").partition(";")
                if not (sign and kind and _XTEXT.fullmatch(coded)) or len(coded) > _LONGEST_ORCPT:
                    raise ParameterError(_bad("ORCPT is a type of address, a semicolon, and xtext"))
                original = f"{kind};{_decoded(coded)}"
            case _:
                raise ParameterError(Reply(555, 5, 4, "This parameter of RCPT is not offered here"))
    return Wish(notify, original)


def _hold(keyword: str, value: str) -> timedelta | datetime:
    found = parse_hold_for(value) if keyword == "HOLDFOR" else parse_hold_until(value)
    if found is not None:
        return found
    if keyword == "HOLDFOR":
        raise ParameterError(_bad("HOLDFOR is a number of seconds, nine digits at most"))
    raise ParameterError(_bad("HOLDUNTIL is a moment such as 2026-12-01T08:00:00Z"))


def _by(value: str) -> By:
    found = parse_by(value)
    if found is None:
        raise ParameterError(
            _bad("BY is seconds, a semicolon, R or N, and T to trace: R with more than none")
        )
    return found


def _notify(value: str | None) -> frozenset[Notify]:
    """RFC 3461 §4.1: NEVER stands alone."""
    words = (value or "").upper().split(",")
    try:
        wished = frozenset(map(Notify, words))
    except ValueError:
        wished = frozenset()
    if not wished or len(wished) < len(words) or (Notify.NEVER in wished and len(wished) > 1):
        raise ParameterError(_bad("NOTIFY is NEVER, or some of SUCCESS, FAILURE and DELAY parted by commas"))
    return wished


def _decoded(xtext: str) -> str:
    """RFC 3461 §4: +2B is a plus sign; what stands for a control character is let go."""
    text = _HEXCHAR.sub(lambda coded: chr(int(coded[1], 16)), xtext)
    return "".join(letter for letter in text if letter.isprintable())


def _parameters(text: str) -> dict[str, str | None]:
    """Keywords in capitals with their values, each once."""
    found: dict[str, str | None] = {}
    for word in text.split(" "):
        if not word:
            continue  # RFC 5321 §4.1.2 has one space; several are met and harm nobody
        match = _PARAMETER.fullmatch(word)
        if match is None:
            raise ParameterError(_bad("Parameters are keywords or keyword=value, parted by spaces"))
        keyword = match[1].upper()
        if keyword in found:
            raise ParameterError(_bad("A parameter is given once"))
        found[keyword] = match[2]
    return found


def _bad(text: str) -> Reply:
    return Reply(501, 5, 4, text)
