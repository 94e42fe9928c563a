"""What the holder of a profile has decided about who may write to him. domain.md §2, profile states."""

from vaguemestre.policy.case import Case
from vaguemestre.policy.verdict import Verdict, abstain, refuse


def citizen_has_not_blocked(case: Case) -> Verdict:
    """PROF-1: mail from a professional whom the citizen has blocked is refused. domain.md §2 (ours)."""
    if not case.is_blocked:
        return abstain("PROF-1")
    # What he needs to know, and no more: neither that it was a decision, nor whose, nor why.
    return refuse(
        "PROF-1",
        550,
        7,
        1,
        fr="Cette boîte aux lettres ne reçoit pas vos messages",
        en="This mailbox does not receive messages from you",
    )
