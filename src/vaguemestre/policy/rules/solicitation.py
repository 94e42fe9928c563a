"""How much a citizen may write to a professional who has not answered yet. domain.md §2 (ours)."""

from vaguemestre.policy.case import Case
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.policy.verdict import Verdict, abstain, refuse


def citizen_keeps_within_the_budget(case: Case) -> Verdict:
    """BUD-1: a citizen writes as often as the professional set, then waits for an answer. domain.md §2."""
    written = _too_many(case)
    if written is None:
        return abstain("BUD-1")
    fr = "1 message" if written == 1 else f"{written} messages"
    return refuse(
        "BUD-1",
        550,  # and not 4yz: a mail program would try for days, and nobody would be told to wait
        7,
        1,
        fr=f"Vous lui avez déjà écrit {fr} depuis sa dernière réponse : attendez qu'il vous réponde ; "
        "en cas d'urgence, appelez le 15",
        en=f"You have written {fr} since their last answer: wait until they answer; "
        "in an emergency, call 15 or 112",
    )


def _too_many(case: Case) -> int | None:
    """How many messages were too many; None while one more may be written, or when that is not known yet."""
    found = case.solicitation
    if found is None or not case.from_citizen or case.is_receipt:
        return None
    begins = case.policy.citizen_may_write is CitizenMayWrite.WHILE_OPEN or case.to_pharmacy
    anew = found.written if begins and found.is_spent_anew else None
    if case.content is None:  # what it answers is not known: refused when nothing is left that it could be
        is_open = any(not side.is_spent for side in found.sides) or (begins and not found.is_spent_anew)
        return None if is_open or not found.sides else max(side.written for side in found.sides)
    if case.continues is None:
        return anew
    side = found.of(case.continues.conversation)  # none when it is closed, which other rules tell
    return side.written if side is not None and side.is_spent else None
