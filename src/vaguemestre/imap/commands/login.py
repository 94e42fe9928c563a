"""LOGIN. RFC 9051 §6.2.3: only where TLS (or the operator's say) allows it, which the door checks."""

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
    user = grammar.astring_text(scanner, "a user name")
    scanner.space()
    password = grammar.astring_text(scanner, "a password")
    scanner.end()
    return Login(user, password)
