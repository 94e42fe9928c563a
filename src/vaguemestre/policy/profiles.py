"""The life of an account as a table: which state follows which, by whose will. domain.md §2, profile states.

What the table lacks is refused. The effects of a state on mail and on signing in are the state's own
(``mail.bal.BalState``).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaguemestre.mail.bal import BalKind, BalState


class ProfileAct(StrEnum):
    """What is done to an account after it was made."""

    ACTIVATE = "activate"
    SUSPEND = "suspend"
    RESUME = "resume"
    OPPOSE = "oppose"
    CLOSE = "close"
    REOPEN = "reopen"


class AskedBy(StrEnum):
    """By whose will. HOLDER: the person, whoever types it. RULE: a delay of the settings has passed."""

    HOLDER = "holder"
    OPERATOR = "operator"
    RULE = "rule"


_PROFESSIONALS: Final = frozenset(kind for kind in BalKind if kind.is_professional)
_EVERYBODY: Final = frozenset(BalKind)
_CITIZENS: Final = frozenset({BalKind.CITIZEN})

_HOLDER: Final = frozenset({AskedBy.HOLDER})
_SERVICE: Final = frozenset({AskedBy.OPERATOR, AskedBy.RULE})
_EITHER: Final = frozenset({AskedBy.HOLDER, AskedBy.OPERATOR})
_ANYBODY: Final = frozenset(AskedBy)


@dataclass(frozen=True, slots=True)
class Passage:
    """One row: from these states to that one, by these, for accounts of these kinds."""

    act: ProfileAct
    of: frozenset[BalState]
    to: BalState
    by: frozenset[AskedBy]
    kinds: frozenset[BalKind] = _EVERYBODY


_IN_SERVICE: Final = frozenset({BalState.INACTIVE, BalState.ACTIVE, BalState.SUSPENDED})
_LEFT: Final = frozenset({BalState.OPPOSED, BalState.CLOSED})

PASSAGES: Final[tuple[Passage, ...]] = (
    Passage(ProfileAct.ACTIVATE, frozenset({BalState.INACTIVE}), BalState.ACTIVE, _EITHER),
    # A profile that nobody has activated lets nobody in: there is nothing to suspend.
    Passage(ProfileAct.SUSPEND, frozenset({BalState.ACTIVE}), BalState.SUSPENDED, _SERVICE),
    Passage(ProfileAct.RESUME, frozenset({BalState.SUSPENDED}), BalState.ACTIVE, _EITHER),
    # To oppose is a right of the person alone; a professional who wants no mailbox closes it.
    Passage(ProfileAct.OPPOSE, _IN_SERVICE, BalState.OPPOSED, _HOLDER, _CITIZENS),
    Passage(ProfileAct.CLOSE, _IN_SERVICE, BalState.CLOSED, _ANYBODY),
    # Who opposed comes back by his own will; a closing may also have been a mistake of the operator's.
    Passage(ProfileAct.REOPEN, _LEFT, BalState.ACTIVE, _HOLDER, _CITIZENS),
    Passage(ProfileAct.REOPEN, frozenset({BalState.CLOSED}), BalState.ACTIVE, _EITHER),
)


def passage(kind: BalKind, state: BalState, act: ProfileAct, by: AskedBy) -> Passage | None:
    """The row that allows it; None when nothing does."""
    rows = (row for row in PASSAGES if row.act is act and kind in row.kinds and state in row.of)
    return next((row for row in rows if by in row.by), None)


def acts_open_to(kind: BalKind, state: BalState) -> tuple[ProfileAct, ...]:
    """What may be done to such an account by somebody, in the order of the table."""
    return tuple(dict.fromkeys(row.act for row in PASSAGES if kind in row.kinds and state in row.of))


def leaves(state: BalState) -> bool:
    """Whether who comes into this state leaves the service: his conversations are closed."""
    return state in _LEFT
