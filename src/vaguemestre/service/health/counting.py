"""What an accepted message adds to the figures: an addition in a dict, and one for each recipient refused."""

from collections.abc import Iterable

from vaguemestre.policy.case import kind_of
from vaguemestre.policy.verdict import Verdict
from vaguemestre.service.arriving.origin import Origin
from vaguemestre.service.health.figures import Figures

_PROFESSIONAL_ELSEWHERE = "professional"
"""Of which kind somebody's mailbox at another operator is, nobody here knows."""


def count_accepted(figures: Figures, origin: Origin, refused: Iterable[Verdict]) -> None:
    """One message; ``refused``: what was said of the recipients who do not get it."""
    kind = kind_of(origin.sender)
    figures.accepted.add(
        kind.value if kind is not None else _PROFESSIONAL_ELSEWHERE,
        "submission" if origin.peer is None else "relay",
    )
    for verdict in refused:
        figures.refusals.add(verdict.rule)
