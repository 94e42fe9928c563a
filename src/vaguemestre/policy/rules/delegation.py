"""Who writes in the name of another: a secretary for a doctor, a carer for a citizen. domain.md §2."""

from vaguemestre.mail.access import Right
from vaguemestre.policy.case import SenderCase
from vaguemestre.policy.verdict import Verdict, abstain, refuse


def reader_may_send(case: SenderCase) -> Verdict:
    """DEL-1: who writes in the name of another was given the right to, and has it still. domain.md §2."""
    if case.reader is None or Right.SEND in case.rights:
        return abstain("DEL-1")
    # Said to those alone who may read the mailbox, or might a moment ago: for others SND-2 refuses.
    return refuse(
        "DEL-1",
        550,
        7,
        1,
        fr="Vous n'avez pas le droit d'écrire au nom de cette boîte aux lettres",
        en="You have no right to write in the name of this mailbox",
    )
