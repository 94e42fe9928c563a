"""What follows SELECT and EXAMINE: a mailbox, perhaps parameters. RFC 7162 §3.1.8, RFC 7162 §3.2.5.

The fourth argument of QRESYNC is read and then let go: it narrows a guess that servers make when they have
forgotten when messages were expunged, and this one forgets nothing.
"""

from dataclasses import dataclass
from typing import Final

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError, UidRequiredError
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.sequence import LAST_RESULT, SequenceSet

MAX_PARAMETERS: Final = 10


@dataclass(frozen=True, slots=True)
class Resync:
    """What the client remembers: UIDVALIDITY, a modseq, and the UIDs it knows (None: all there could be)."""

    uid_validity: int
    modseq: int
    known: SequenceSet | None = None


@dataclass(frozen=True, slots=True)
class SelectParameters:
    """``condstore`` is said by QRESYNC too."""

    condstore: bool = False
    resync: Resync | None = None


NO_PARAMETERS: Final = SelectParameters()


def parse(scanner: Scanner) -> tuple[str, SelectParameters]:
    """``SP mailbox [SP (CONDSTORE QRESYNC (…))]``, each at most once, then the end of the command."""
    scanner.space()
    mailbox = grammar.mailbox(scanner)
    if not scanner.take(b" "):
        scanner.end()
        return mailbox, NO_PARAMETERS
    found = grammar.parenthesised(scanner, _parameter, limit=MAX_PARAMETERS, least=1)
    scanner.end()
    resyncs = [parameter for parameter in found if parameter is not None]
    if len(resyncs) > 1:
        raise CommandSyntaxError("QRESYNC stands once")
    return mailbox, SelectParameters(condstore=True, resync=resyncs[0] if resyncs else None)


def _parameter(scanner: Scanner) -> Resync | None:
    name = grammar.word(scanner, "CONDSTORE or QRESYNC")
    if name == "CONDSTORE":
        return None
    if name != "QRESYNC":
        raise CommandSyntaxError("The only parameters known here are CONDSTORE and QRESYNC")
    scanner.space()
    return _resync(scanner)


def _resync(scanner: Scanner) -> Resync:
    """RFC 7162 §7: "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"."""
    scanner.expect(b"(")
    uid_validity = grammar.number(scanner)
    scanner.space()
    modseq = grammar.number64(scanner)
    if not (uid_validity and modseq):
        raise CommandSyntaxError("Neither UIDVALIDITY nor a modification sequence is ever 0")
    known: SequenceSet | None = None
    if scanner.take(b" "):
        if scanner.peek() != b"(":
            known = _without_star(scanner)
        if known is None or scanner.take(b" "):
            _sequence_match(scanner)
    scanner.expect(b")")
    return Resync(uid_validity, modseq, known)


def _sequence_match(scanner: Scanner) -> None:
    """RFC 7162 §7: seq-match-data = "(" known-sequence-set SP known-uid-set ")"; not in RFC 9586 §3.7."""
    if scanner.session.uid_only:
        raise UidRequiredError
    scanner.expect(b"(")
    numbers = _without_star(scanner)
    scanner.space()
    uids = _without_star(scanner)
    scanner.expect(b")")
    if _count(numbers) != _count(uids):
        raise CommandSyntaxError("Expected as many message numbers as UIDs")


def _without_star(scanner: Scanner) -> SequenceSet:
    found = grammar.sequence_set(scanner)
    if found.has_star or found == LAST_RESULT:
        raise CommandSyntaxError("There is no * and no $ among what is known")
    return found


def _count(numbers: SequenceSet) -> int:
    return sum(last - first + 1 for first, last in numbers.ranges)
