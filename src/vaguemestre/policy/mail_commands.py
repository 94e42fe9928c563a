"""What a holder asks of the service by a message's Subject, as ``[FIN]`` does. domain.md §2 (ours).

``[BUDGET] 3`` in a message to himself is for all his conversations; in a letter to a citizen it is for that
conversation, and the rest of the subject follows it. To himself: ``[HORAIRES] lun-ven 9h-18h`` is when he
reads, ``[REPONSE] text`` what citizens are told beside these hours at others. ``[NOTIFICATIONS] non`` is for
citizens too: whether they are told outside. The words are matched in either case: no official text holds
them.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaguemestre.policy.open_hours import HoursError, OpenHours, read_hours
from vaguemestre.policy.solicitation import LARGEST_BUDGET, NO_BUDGET


class Command(StrEnum):
    """What can be asked so."""

    BUDGET = "BUDGET"
    HOURS = "HORAIRES"
    ANSWER = "REPONSE"
    NOTIFICATIONS = "NOTIFICATIONS"


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, and what follows it."""

    command: Command
    words: str

    @property
    def first(self) -> str:
        """The first word: in a letter the rest is its subject."""
        return self.words.split(maxsplit=1)[0] if self.words else ""


class WishError(ValueError):
    """What was asked cannot be understood."""


_FORM: Final = re.compile(rf"\s*\[({'|'.join(Command)})\]\s*(.*)", re.IGNORECASE | re.DOTALL)
_ACCENTED: Final = str.maketrans("Éé", "Ee")  # [RÉPONSE] is as good
LONGEST_ANSWER: Final = 500  # characters that a professional adds to the automatic answer
_LONGEST: Final = LONGEST_ANSWER + 100  # characters that are looked at
_LONGEST_MARGIN: Final = 8  # blanks before the bracket
_NONE: Final = frozenset({"aucun", "aucune", "non", "none", "no", "off"})
_YES: Final = frozenset({"oui", "yes", "on"})
_USUAL: Final = frozenset({"habituel", "usual"})


def asked_by(subject: str) -> Asked | None:
    """What a subject asks; None for an ordinary one."""
    if "[" not in subject[:_LONGEST_MARGIN]:
        return None  # nearly all of them, and none of these costs a search
    cut = subject[:_LONGEST]
    found = _FORM.fullmatch(cut.translate(_ACCENTED))
    return None if found is None else Asked(Command(found[1].upper()), cut[found.start(2) :].strip())


def read_budget(words: str) -> int | None:
    """A number of messages; None for no budget. Raises WishError."""
    if words.casefold() in _NONE:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", words) or not 1 <= int(words) <= LARGEST_BUDGET:
        raise WishError(f"not a number of messages from 1 to {LARGEST_BUDGET}")
    return int(words)


def read_yes_or_no(words: str) -> bool:
    """Raises WishError."""
    if words.casefold() not in _YES | _NONE:
        raise WishError("neither oui nor non")
    return words.casefold() in _YES


def read_hours_or_none(words: str) -> OpenHours | None:
    """A week of hours; None for none any more. Raises WishError."""
    if words.casefold() in _NONE:
        return None
    try:
        return read_hours(words)
    except HoursError as error:
        raise WishError(f"not hours of days, such as lun-ven 9h-18h, near «{error}»") from error


def read_answer(words: str) -> str | None:
    """What is added to the automatic answer, in one line; None for nothing any more. Raises WishError."""
    if words.casefold() in _NONE:
        return None
    if not (0 < len(words) <= LONGEST_ANSWER and words.isprintable()):
        raise WishError(f"not 1 to {LONGEST_ANSWER} printable characters")
    return words


def read_override(words: str) -> int | None:
    """A budget of one conversation: NO_BUDGET for none there, None for the usual one. Raises WishError."""
    if words.casefold() in _USUAL:
        return None
    budget = read_budget(words)
    return NO_BUDGET if budget is None else budget
