"""ENABLE. RFC 9051 §6.3.1: words that are unknown are passed over in silence."""

from dataclasses import dataclass

from vaguemestre.imap import grammar
from vaguemestre.imap.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Enable:
    """Capabilities to turn on, in capitals, in the order asked."""

    capabilities: tuple[str, ...]


def parse(scanner: Scanner) -> Enable:
    """``ENABLE word …``, one at least."""
    words = []
    while True:
        scanner.space()
        words.append(grammar.word(scanner, "the name of a capability"))
        if scanner.at_end:
            return Enable(tuple(words))
