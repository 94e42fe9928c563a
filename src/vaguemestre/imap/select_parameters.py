"""What follows SELECT and EXAMINE: a mailbox, perhaps parameters. RFC 7162 §3.1.8, RFC 7162 §3.2.5.

The fourth argument of QRESYNC is of use when it is forgotten what was expunged: see ``imap.sequence_match``.
"""

from dataclasses import dataclass
from typing import Final

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError, UidRequiredError
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.sequence import LAST_RESULT, SequenceSet
from vaguemestre.imap.sequence_match import SequenceMatch

MAX_PARAMETERS: Final = 10


@dataclass(frozen=True, slots=True)
class Resync:
    """What the client remembers: UIDVALIDITY, a modseq, and the UIDs it knows (None: all there could be).

    ``match`` is a sample of the numbers they had.
    """

    uid_validity: int
    modseq: int
    known: SequenceSet | None = None
    match: SequenceMatch | None = None


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
    match: SequenceMatch | None = None
    if scanner.take(b" "):
        if scanner.peek() != b"(":
            known = _without_star(scanner)
        if known is None or scanner.take(b" "):
            match = _sequence_match(scanner)
    scanner.expect(b")")
    return Resync(uid_validity, modseq, known, match)


def _sequence_match(scanner: Scanner) -> SequenceMatch:
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
    return SequenceMatch(numbers, uids)


def _without_star(scanner: Scanner) -> SequenceSet:
    found = grammar.sequence_set(scanner)
    if found.has_star or found == LAST_RESULT:
        raise CommandSyntaxError("There is no * and no $ among what is known")
    return found


def _count(numbers: SequenceSet) -> int:
    return sum(last - first + 1 for first, last in numbers.ranges)
