"""Who may open, answer and close: what no other mail server knows. domain.md §2."""

from vaguemestre.policy.case import Case
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.policy.rules.addresses import holder_is_citizen
from vaguemestre.policy.verdict import Verdict, abstain, permit, refuse

_CLOSED = "This conversation has been closed by the professional"


def professional_opens(case: Case) -> Verdict:
    """CONV-1: a professional of any kind writes to a citizen: that opens or continues a conversation."""
    if not case.from_citizen and holder_is_citizen(case):
        return permit("CONV-1")
    return abstain("CONV-1")


def citizen_answers_open_conversation(case: Case) -> Verdict:
    """CONV-2: a citizen answers an open conversation, and nothing else."""
    if not case.from_citizen or case.to_citizen:
        return abstain("CONV-2")
    if case.content is None:
        # At RCPT the thread is not known: one open conversation is enough to go on to the content.
        if case.has_open_pair:
            return permit("CONV-2")
        # 5.7.1 and not 5.1.1: the mailbox exists, and nobody should look for a typing mistake.
        return refuse("CONV-2", 550, 7, 1, _CLOSED) if case.between else abstain("CONV-2")
    if case.answered is None:
        return abstain("CONV-2")  # a message that answers nothing is for other rules
    if case.answered.is_open_at(case.now):
        return permit("CONV-2")
    return refuse("CONV-2", 550, 7, 1, _CLOSED)


def citizen_writes_while_open(case: Case) -> Verdict:
    """CONV-3: with citizen_may_write = "while-open", a citizen also writes anew until it is closed."""
    if case.policy.citizen_may_write is not CitizenMayWrite.WHILE_OPEN:
        return abstain("CONV-3")
    if case.from_citizen and not case.to_citizen and case.has_open_pair:
        return permit("CONV-3")
    return abstain("CONV-3")


def citizen_answers_in_the_thread(case: Case) -> Verdict:
    """CONV-4: with citizen_may_write = "reply", a message that answers nothing is not a reply."""
    if case.policy.citizen_may_write is not CitizenMayWrite.REPLY or not case.from_citizen or case.to_citizen:
        return abstain("CONV-4")
    if case.content is None or case.answered is not None or not case.has_open_pair:
        return abstain("CONV-4")
    return refuse("CONV-4", 550, 7, 1, "You can only reply: open the professional's message and choose Reply")


def citizen_never_writes_to_citizen(case: Case) -> Verdict:
    """CONV-5: a citizen never writes to a citizen."""
    if case.from_citizen and case.to_citizen:
        return refuse("CONV-5", 550, 7, 1, "A citizen cannot write to another citizen")
    return abstain("CONV-5")


def professionals_write_to_each_other(case: Case) -> Verdict:
    """CONV-6: professionals write to professionals freely; these are no conversations of ours."""
    if case.from_citizen or case.holder is None or holder_is_citizen(case):
        return abstain("CONV-6")
    return permit("CONV-6")
