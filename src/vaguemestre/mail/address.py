"""Mail addresses as they travel in an envelope.

RFC 5321 §4.1.2 gives the grammar of ``Mailbox``; RFC 6531 §3.3 lets UTF-8 into it. The *null
reverse-path* ``<>`` of RFC 5321 §4.5.5 is ``None`` here: no address stands for the absence of one.

Local parts compare without case: RFC 5321 §2.4 lets the final host decide, and domain.md §2 asks for
it, since a citizen's address carries letters (``2A``, ``2B``).
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3: a path is 256 octets with its angle brackets
MAX_LOCAL_PART = 64  # RFC 5321 §4.5.3.1.1
MAX_DOMAIN = 255  # RFC 5321 §4.5.3.1.2

SERVICE_NAME = "vaguemestre"  # the local part from which the service writes, in the domain it writes to

# RFC 5321 §4.1.2: Dot-string = Atom *("." Atom); atext widened by RFC 6531 §3.3 to UTF8-non-ascii.
# Sets are told by the ASCII they lack: one that reaches to U+10FFFF takes 6 ms to compile, at every start.
_ATOM = r'[^\x00- "(),.:;<>@\[\\\]\x7f]+'
_DOT_STRING = rf"{_ATOM}(?:\.{_ATOM})*"
# RFC 5321 §4.1.2: Quoted-string = DQUOTE *QcontentSMTP DQUOTE
_QUOTED = r'"(?:[^\x00-\x1f"\\\x7f]|\\[ -~])*"'
# RFC 5321 §4.1.2: sub-domain = Let-dig [Ldh-str]; underscores are not hosts and are not taken here.
_LET_DIG, _LET_DIG_HYPHEN = r"[^\x00-/:-@\[-`{-\x7f]", r"[^\x00-,./:-@\[-`{-\x7f]"
_LABEL = rf"{_LET_DIG}(?:{_LET_DIG_HYPHEN}{{0,61}}{_LET_DIG})?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_MAILBOX = re.compile(rf"(?P<local>{_DOT_STRING}|{_QUOTED})@(?P<domain>{_DOMAIN})")


class AddressSyntaxError(ValueError):
    """The text is not a ``Mailbox`` of RFC 5321 §4.1.2; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox, spelled as it was given. Compare ``key``, not the spelling."""

    local: str
    domain: str

    @property
    def key(self) -> str:
        """The form to compare and to store in indexes: everything folded to lower case."""
        return f"{self.local}@{self.domain}".lower()

    @property
    def domain_key(self) -> str:
        """The domain, folded to lower case (domain.md §6: the trust list holds one in capitals)."""
        return self.domain.lower()

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"


ReversePath: TypeAlias = Address | None
"""MAIL FROM: an address, or ``None`` for the null reverse-path of RFC 5321 §4.5.5."""


def parse_address(text: str) -> Address:
    """Read ``local@domain``, without angle brackets; raise AddressSyntaxError when it is anything else."""
    match = _MAILBOX.fullmatch(text)
    if match is None:
        raise AddressSyntaxError("this is not an address of the form local@domain")
    local, domain = match["local"], match["domain"]
    if len(local.encode()) > MAX_LOCAL_PART:
        raise AddressSyntaxError(f"the part before @ is longer than {MAX_LOCAL_PART} octets")
    if len(domain) > MAX_DOMAIN or len(text.encode()) > MAX_ADDRESS:
        raise AddressSyntaxError(f"the address is longer than {MAX_ADDRESS} octets")
    return Address(local, domain)
