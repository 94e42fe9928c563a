"""Whose bal is meant when one signs in for another, and as whom. RFC 4616 §2, RFC 5802 §5.1.

Who cannot give an authorisation identity, as most mail programs cannot, writes both in the user name:
``bal*own``. A domain holds no ``*``, so the first one after the first ``@`` parts the two.
"""

import re
from typing import Final, NamedTuple

SEPARATOR: Final = "*"  # Dovecot's and Cyrus's for masters; no client encodes it, as some do %, + and /

_BOTH: Final = re.compile(r"(?P<bal>[^@]+@[^@*]+)\*(?P<own>.+@.+)")


class Names(NamedTuple):
    """Who signs in, and whose bal he wants; empty for his own."""

    own: str
    bal: str


def parted(name: str, acts_as: str = "") -> Names:
    """Both names, from the user name and the authorisation identity."""
    both = _BOTH.fullmatch(name)
    own, bal = (both["own"], both["bal"]) if both is not None else (name, "")
    if acts_as and bal and acts_as.lower() != bal.lower():
        return Names(own, SEPARATOR)  # two bals are none: it leads nowhere
    bal = bal or acts_as
    return Names(own, "" if bal.lower() == own.lower() else bal)
