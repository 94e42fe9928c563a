"""Who may open, answer and close: what no other mail server knows. domain.md §2."""

from typing import Final

from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.policy.case import Case
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.policy.rules.addresses import holder_is_citizen
from vaguemestre.policy.verdict import Verdict, abstain, permit, refuse

_BY_HAND: Final = frozenset(ClosedBy) - {ClosedBy.INACTIVITY, ClosedBy.ACCOUNT, ClosedBy.BLOCKED}


def professional_opens(case: Case) -> Verdict:
    """CONV-1: a professional of any kind writes to a citizen: that opens or continues it. domain.md §2."""
    if not case.from_citizen and holder_is_citizen(case):
        return permit("CONV-1")
    return abstain("CONV-1")


def citizen_answers_open_conversation(case: Case) -> Verdict:
    """CONV-2: a citizen answers an open conversation, not one a professional has closed. domain.md §2."""
    if case.from_citizen and any(pair.is_open_at(case.now) for pair in case.concerned):
        return permit("CONV-2")
    if case.closed_by not in _BY_HAND:
        return abstain("CONV-2")
    # 5.7.1 and not 5.1.1, here and below: the mailbox exists, and nobody should look for a typing mistake.
    return refuse(
        "CONV-2",
        550,
        7,
        1,
        fr="Cette conversation a été clôturée par le professionnel",
        en="This conversation has been closed by the professional",
    )


def quiet_conversation_is_closed(case: Case) -> Verdict:
    """CONV-7: a conversation closed for want of messages is not answered. domain.md §2."""
    if case.closed_by is not ClosedBy.INACTIVITY:
        return abstain("CONV-7")
    return refuse(
        "CONV-7",
        550,
        7,
        1,
        fr="Aucun message n'y étant venu depuis longtemps, cette conversation a été clôturée : "
        "le professionnel peut la rouvrir en vous écrivant",
        en="No message having come for a long time, this conversation has been closed: "
        "the professional can open it again by writing to you",
    )


def conversation_of_a_closed_account_is_closed(case: Case) -> Verdict:
    """CONV-8: a conversation that ended with a mailbox of either side is not answered. domain.md §2."""
    if case.closed_by is not ClosedBy.ACCOUNT:
        return abstain("CONV-8")
    return refuse(
        "CONV-8",
        550,
        7,
        1,
        fr="Cette conversation a pris fin quand une boîte aux lettres a été fermée : "
        "le professionnel peut la rouvrir en vous écrivant",
        en="This conversation ended when a mailbox was closed: "
        "the professional can open it again by writing to you",
    )


def conversation_with_a_blocked_professional_is_closed(case: Case) -> Verdict:
    """CONV-10: a citizen does not answer a professional whom he has blocked. domain.md §2."""
    if case.closed_by is not ClosedBy.BLOCKED:
        return abstain("CONV-10")
    return refuse(
        "CONV-10",
        550,
        7,
        1,
        fr="Vous avez bloqué ce professionnel : vos conversations avec lui sont clôturées",
        en="You have blocked this professional: your conversations with them are closed",
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
    if case.content is None or case.continues is not None or case.to_pharmacy:
        return abstain("CONV-4")
    if not case.has_open_pair:
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
    if case.from_citizen and case.to_citizen and not case.asks_the_service:
        return refuse(
            "CONV-5",
            550,
            7,
            1,
            fr="Un citoyen ne peut pas écrire à un autre citoyen",
            en="A citizen cannot write to another citizen",
        )
    return abstain("CONV-5")


def citizen_asks_the_service(case: Case) -> Verdict:
    """CONV-11: a citizen writes to himself to set whether he is told outside. domain.md §2 (ours)."""
    return permit("CONV-11") if case.asks_the_service else abstain("CONV-11")


def professionals_write_to_each_other(case: Case) -> Verdict:
    """CONV-6: professionals write to each other freely; these are no conversations of ours. domain.md §2."""
    if case.from_citizen or case.holder is None or holder_is_citizen(case):
        return abstain("CONV-6")
    return permit("CONV-6")
