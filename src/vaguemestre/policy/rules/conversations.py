"""Who may open, answer and close: what no other mail server knows. domain.md §2."""

from vaguemestre.policy.case import Case
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.policy.rules.addresses import holder_is_citizen
from vaguemestre.policy.verdict import Verdict, abstain, permit, refuse


def professional_opens(case: Case) -> Verdict:
    """CONV-1: a professional of any kind writes to a citizen: that opens or continues it. domain.md §2."""
    if not case.from_citizen and holder_is_citizen(case):
        return permit("CONV-1")
    return abstain("CONV-1")


def citizen_answers_open_conversation(case: Case) -> Verdict:
    """CONV-2: a citizen answers an open conversation, and nothing else. domain.md §2."""
    if not case.from_citizen or case.to_citizen:
        return abstain("CONV-2")
    # At RCPT the thread is not known: one open conversation is enough to go on to the content.
    answered = () if case.answered is None else (case.answered,)
    pairs = case.between if case.content is None else answered
    if not pairs:
        return abstain("CONV-2")  # a message that answers nothing is for other rules
    if any(pair.is_open_at(case.now) for pair in pairs):
        return permit("CONV-2")
    # 5.7.1 and not 5.1.1: the mailbox exists, and nobody should look for a typing mistake.
    return refuse(
        "CONV-2",
        550,
        7,
        1,
        fr="Cette conversation a été clôturée par le professionnel",
        en="This conversation has been closed by the professional",
    )


def citizen_writes_while_open(case: Case) -> Verdict:
    """CONV-3: with citizen_may_write = "while-open", he also writes anew until it is closed. domain.md §2."""
    if case.policy.citizen_may_write is not CitizenMayWrite.WHILE_OPEN:
        return abstain("CONV-3")
    if case.from_citizen and not case.to_citizen and case.has_open_pair:
        return permit("CONV-3")
    return abstain("CONV-3")


def citizen_answers_in_the_thread(case: Case) -> Verdict:
    """CONV-4: with citizen_may_write = "reply", what answers nothing is not a reply. domain.md §2."""
    if case.policy.citizen_may_write is not CitizenMayWrite.REPLY or not case.from_citizen or case.to_citizen:
        return abstain("CONV-4")
    if case.content is None or case.continues is not None or not case.has_open_pair:
        return abstain("CONV-4")
    return refuse(
        "CONV-4",
        550,
        7,
        1,
        fr="Vous pouvez seulement répondre : ouvrez le message du professionnel et choisissez Répondre",
        en="You can only reply: open the professional's message and choose Reply",
    )


def citizen_answers_the_only_open_conversation(case: Case) -> Verdict:
    """CONV-9: a reply that names nothing belongs to the only conversation that is open. domain.md §2."""
    return permit("CONV-9") if case.presumed is not None else abstain("CONV-9")


def citizen_never_writes_to_citizen(case: Case) -> Verdict:
    """CONV-5: a citizen never writes to a citizen. domain.md §2."""
    if case.from_citizen and case.to_citizen:
        return refuse(
            "CONV-5",
            550,
            7,
            1,
            fr="Un citoyen ne peut pas écrire à un autre citoyen",
            en="A citizen cannot write to another citizen",
        )
    return abstain("CONV-5")


def professionals_write_to_each_other(case: Case) -> Verdict:
    """CONV-6: professionals write to each other freely; these are no conversations of ours. domain.md §2."""
    if case.from_citizen or case.holder is None or holder_is_citizen(case):
        return abstain("CONV-6")
    return permit("CONV-6")
