"""What a look at the installation says: how a part is, why, and how it is mended."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from vaguemestre.mail.sentence import Sentence
from vaguemestre.settings import Settings


class State(StrEnum):
    """How a part is."""

    WELL = "ok"
    DOUBTFUL = "warning"
    ILL = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found. ``mend`` is None when nothing needs doing."""

    part: Sentence
    state: State
    what: Sentence
    mend: Sentence | None = None


class Trouble(Exception):  # noqa: N818 (a finding on its way up, not an error of ours)
    """What a look found wrong, or doubtful."""

    def __init__(self, what: Sentence, mend: Sentence, state: State = State.ILL) -> None:
        super().__init__(what.en)
        self.what, self.mend, self.state = what, mend, state


class Look(NamedTuple):
    """One row: the part, what looks at it, and the mend of what the look did not foresee."""

    part: Sentence
    at: Callable[[Settings], Sentence]
    mend: Sentence
