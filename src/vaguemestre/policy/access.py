"""Who may do what in a bal that is not his, at an instant. domain.md §2, *Minors and carers*.

Days are those of Paris: a grant that ends on a day ends when that day is over there, whatever the server's
clock calls it. A representative's ends as the eighteenth birthday begins, and not when it is over
(docs/decisions/0014-readers-of-a-bal.md).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from vaguemestre.mail.access import Deed, Grant, GrantKind, Place, Right, Terms
from vaguemestre.mail.bal import BalKind

MAJORITY: Final = 18  # years
PARIS: Final = ZoneInfo("Europe/Paris")

_HOLDERS: Final = frozenset({Place.BLOCKED, Place.HISTORY})
_DELEGATING: Final = frozenset({BalKind.PER, BalKind.ORG, BalKind.CAB})


def rights_at(grant: Grant, now: datetime) -> frozenset[Right]:
    """What the grant allows at that instant: nothing before it starts, once it has ended or was revoked."""
    terms = grant.terms
    if now < terms.start or (terms.end is not None and now >= terms.end) or grant.revoked_at is not None:
        return frozenset()
    return terms.rights


def all_rights(grants: Iterable[Grant], now: datetime) -> frozenset[Right]:
    """What several grants allow together."""
    return frozenset(right for grant in grants for right in rights_at(grant, now))


def may(rights: frozenset[Right], deed: Deed, place: Place = Place.OTHER) -> bool:
    """Whether these rights allow a deed at a place; of moving it is asked twice, of both ends.

    Who writes for another keeps what he sent, and has drafts come and go. Nobody changes the history,
    and only the holder blocks somebody.
    """
    match deed:
        case Deed.SIGN_IN:
            return bool(rights)
        case Deed.LOOK | Deed.OPEN:
            return Right.READ in rights
        case Deed.MARK:
            return Right.READ in rights and place is not Place.HISTORY
        case Deed.FILE:
            return _may_file(rights, place)
        case Deed.DELETE:
            drafts = place is Place.DRAFTS and Right.SEND in rights
            return place not in _HOLDERS and (Right.ARRANGE in rights or drafts)
        case Deed.SHAPE:
            return Right.ARRANGE in rights
        case Deed.CLOSE:
            return Right.CLOSE in rights
        case Deed.SEND:
            return Right.SEND in rights


def _may_file(rights: frozenset[Right], place: Place) -> bool:
    if place in _HOLDERS:
        return False
    if place is Place.CLOSED:
        return Right.CLOSE in rights
    return Right.ARRANGE in rights or (place in {Place.SENT, Place.DRAFTS} and Right.SEND in rights)


def is_read_by_representatives(grants: Iterable[Grant], now: datetime) -> bool:
    """Whether any representative reads the bal at that instant."""
    return any(
        grant.terms.kind is GrantKind.REPRESENTATIVE and Right.READ in rights_at(grant, now)
        for grant in grants
    )


def start_of(day: date) -> datetime:
    """When a day begins in Paris."""
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def end_of(day: date) -> datetime:
    """When it is over there: 23, 24 or 25 hours later."""
    return start_of(day + timedelta(days=1))


def majority(born: date) -> datetime:
    """When representatives lose access: as the eighteenth birthday begins in Paris.

    Who is born on a 29 February is eighteen when 28 February is over.
    """
    try:
        return start_of(born.replace(year=born.year + MAJORITY))
    except ValueError:
        return start_of(date(born.year + MAJORITY, 3, 1))


def refusal_of(terms: Terms, holder: BalKind, reader: BalKind, now: datetime) -> str | None:
    """Why such a grant cannot be made, for the operator; None when it can."""
    if terms.kind is GrantKind.DELEGATE:
        if holder not in _DELEGATING or not reader.is_professional:
            return "Delegates are professionals, on PER, ORG and CAB mailboxes"
    elif holder is not BalKind.CITIZEN or reader is not BalKind.CITIZEN:
        return "Representatives and carers are citizens, on citizens' mailboxes"
    if not terms.rights:
        return "Say which rights are granted"
    if Right.READ not in terms.rights and terms.rights != {Right.SEND}:
        return "Who may close or arrange must be able to read: grant read too"
    if Right.CLOSE in terms.rights and holder is BalKind.CITIZEN:
        return "A citizen closes no conversation, and nobody does in his name"
    if terms.end is not None and terms.end <= max(terms.start, now):
        return "This access would have ended before it begins"
    return None
