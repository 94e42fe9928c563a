"""What a rule says of a case, and how many rules' words become one decision.

Verdicts are combined by weight, never by order: refuse beats permit beats abstain, and silence refuses.
A new exception is thus a new rule that permits; no old rule is touched.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Final

from vaguemestre.mail.reply import Reply


class Weight(IntEnum):
    """How much a verdict weighs."""

    ABSTAIN = 0
    PERMIT = 1
    REFUSE = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's word; ``reply`` is there exactly when it refuses."""

    rule: str
    weight: Weight
    reply: Reply | None = None

    @property
    def refuses(self) -> bool:
        """Whether the message does not go there."""
        return self.weight is Weight.REFUSE


@cache
def abstain(rule: str) -> Verdict:
    """The rule has nothing to say of this case."""
    return Verdict(rule, Weight.ABSTAIN)


@cache
def permit(rule: str) -> Verdict:
    """The rule allows it, unless another refuses."""
    return Verdict(rule, Weight.PERMIT)


def refuse(rule: str, code: int, subject: int, detail: int, *, fr: str, en: str) -> Verdict:
    """The rule refuses, with one sentence that a patient can read, in French and in English."""
    return Verdict(rule, Weight.REFUSE, Reply(code, subject, detail, en, fr, f"MSS-{rule}"))


SILENCE: Final = refuse(
    "CONV-0",
    550,
    7,
    1,  # and not 5.1.1: the mailbox exists; saying otherwise would make people look for a typing mistake
    fr="Seul le professionnel peut ouvrir une conversation",
    en="Only the professional can open a conversation",
)
"""What is said when no rule permits and none refuses."""


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """One decision out of many verdicts, whatever their order.

    Of several refusals the permanent ones come first (there is no use in trying again what will be
    refused for good), then the smallest identifier: addresses, attachments, conversations, limits.
    """
    refusals: list[Verdict] = []
    permits: list[Verdict] = []
    for verdict in verdicts:
        if verdict.weight is Weight.REFUSE:
            refusals.append(verdict)
        elif verdict.weight is Weight.PERMIT:
            permits.append(verdict)
    if refusals:
        return min(refusals, key=_urgency)
    if permits:
        return min(permits, key=lambda verdict: verdict.rule)
    return SILENCE


def _urgency(verdict: Verdict) -> tuple[bool, str]:
    return (verdict.reply is not None and verdict.reply.is_temporary, verdict.rule)
