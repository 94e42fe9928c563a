"""The parameters after a path: what MAIL may carry beside the address.

RFC 5321 §4.1.2: esmtp-param = esmtp-keyword ["=" esmtp-value]. SIZE is RFC 1870 §5, BODY RFC 6152 §2,
SMTPUTF8 RFC 6531 §3.4, AUTH RFC 4954 §5. RCPT has none here, since DSN is not offered: what is not offered is
refused, 555.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaguemestre.mail.reply import Reply

# esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")
# esmtp-value = 1*(%d33-60 / %d62-126), widened by RFC 6531 §3.3 to UTF8-non-ascii
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\u0080-\U0010ffff]+))?")
# RFC 1870 §5: size-value = 1*20DIGIT
_SIZE = re.compile(r"[0-9]{1,20}")
# RFC 4954 §5: xtext / "<>"; RFC 3461 §4: xtext = *(xchar / hexchar), hexchar = "+" 2HEXDIG in capitals
_AUTH = re.compile(r"<>|(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")


class ParameterError(ValueError):
    """A parameter that is malformed, given twice or not offered; ``reply`` says which."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


class Body(StrEnum):
    """How wide the octets of the message are. RFC 6152 §2."""

    SEVEN_BIT = "7BIT"
    EIGHT_BIT = "8BITMIME"


@dataclass(frozen=True, slots=True)
class MailParameters:
    """What came with MAIL. ``size`` is in octets, as the client will send them without the dots."""

    size: int | None = None
    body: Body = Body.SEVEN_BIT
    smtputf8: bool = False


NO_MAIL_PARAMETERS: Final = MailParameters()


def parse_mail_parameters(text: str) -> MailParameters:
    """Read what follows the reverse-path. Raises ParameterError."""
    if not text:
        return NO_MAIL_PARAMETERS
    size: int | None = None
    body = Body.SEVEN_BIT
    smtputf8 = False
    for keyword, value in _parameters(text).items():
        match keyword:
            case "SIZE":
                if value is None or _SIZE.fullmatch(value) is None:
                    raise ParameterError(_bad("SIZE is a number of octets, twenty digits at most"))
                size = int(value)
            case "BODY":
                if value is None or value.upper() not in {"7BIT", "8BITMIME"}:
                    raise ParameterError(_bad("BODY is 7BIT or 8BITMIME"))
                body = Body(value.upper())
            case "SMTPUTF8":
                if value is not None:
                    raise ParameterError(_bad("SMTPUTF8 takes no value"))
                smtputf8 = True
            case "AUTH":
                # Read and forgotten: RFC 4954 §5 has a server that trusts nobody's word take it for <>.
                if value is None or _AUTH.fullmatch(value) is None:
                    raise ParameterError(_bad("AUTH is an address in xtext, or <>"))
            case _:
                raise ParameterError(Reply(555, 5, 4, "This parameter of MAIL is not offered here"))
    return MailParameters(size, body, smtputf8)


def parse_rcpt_parameters(text: str) -> None:
    """Read what follows the forward-path: nothing is offered. Raises ParameterError."""
    if text:
        _parameters(text)
        raise ParameterError(Reply(555, 5, 4, "This parameter of RCPT is not offered here"))


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
