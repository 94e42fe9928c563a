"""LOGIN. RFC 9051 §6.2.3: only where TLS (or the operator's say) allows it, which the door checks.

RFC 9051 §9 has no star in an atom, and Python's imaplib, IMAPClient with it, quotes no user name: the star
that parts two names (``service.sign_in.acting_for``) is taken from them unquoted too.
"""

from dataclasses import dataclass, field

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Login:
    """Sign in with a name and a password. The password is kept out of ``repr``, hence out of tracebacks."""

    user: str
    password: str = field(repr=False)


def parse(scanner: Scanner) -> Login:
    """``LOGIN user password``."""
    scanner.space()
    user = grammar.user_name(scanner)
    scanner.space()
    password = grammar.astring_text(scanner, "a password")
    scanner.end()
    return Login(user, password)
