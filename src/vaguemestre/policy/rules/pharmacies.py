"""The exception: a citizen may write first to a pharmacy, to send it a prescription. domain.md §2."""

from vaguemestre.policy.case import Case
from vaguemestre.policy.dispensation import Dispensation
from vaguemestre.policy.verdict import Verdict, abstain, permit, refuse


def citizen_sends_a_prescription(case: Case) -> Verdict:
    """PHA-1: a citizen writes first to a published pharmacy, with an attachment. domain.md §2."""
    if not case.to_pharmacy:
        return abstain("PHA-1")
    if case.content is None or (case.opens_with_pharmacy and case.content.attachments):
        return permit("PHA-1")  # at RCPT, go on to the content
    return abstain("PHA-1")


def prescription_is_attached(case: Case) -> Verdict:
    """PHA-2: without attachment a citizen's first message to a pharmacy is no prescription. domain.md §2."""
    if not case.opens_with_pharmacy or case.content is None or case.content.attachments:
        return abstain("PHA-2")
    return refuse(
        "PHA-2",
        550,
        7,
        1,
        fr="Pour écrire le premier à une pharmacie, joignez l'ordonnance, même photographiée",
        en="To write first to a pharmacy, attach the prescription, a photograph will do",
    )


def pharmacy_has_dispensed(case: Case) -> Verdict:
    """PHA-3: the pharmacy has dispensed to that person within twelve months, if asked. domain.md §2."""
    if not case.opens_with_pharmacy or case.dispensation is not Dispensation.DENIED:
        return abstain("PHA-3")
    return refuse(
        "PHA-3",
        550,
        7,
        1,
        fr="Cette pharmacie ne vous a rien délivré depuis douze mois : apportez-lui votre ordonnance",
        en="This pharmacy has dispensed nothing to you for twelve months: bring it your prescription",
    )


def dispensation_is_known(case: Case) -> Verdict:
    """PHA-4: where dispensation is checked and nobody answers, the message is tried again. domain.md §2."""
    asked = case.policy.checks_dispensation and case.opens_with_pharmacy
    if not asked or case.dispensation in {Dispensation.CONFIRMED, Dispensation.DENIED}:
        return abstain("PHA-4")
    # RFC 3463 §3.5: X.4.3, a directory that cannot be asked now; nothing is known against the citizen.
    return refuse(
        "PHA-4",
        451,
        4,
        3,
        fr="On ne peut vérifier maintenant que cette pharmacie vous connaît : renvoyez le message plus tard",
        en="It cannot be checked now that this pharmacy knows you: send the message again later",
    )
