"""Whom a message is for: does the address lead to somebody who receives mail here? domain.md §2."""

from vaguemestre.mail.ins import InsSyntaxError, parse_ins
from vaguemestre.policy.case import Case, Standing
from vaguemestre.policy.limits import InsKeyCheck
from vaguemestre.policy.verdict import Verdict, abstain, refuse


def domain_is_in_the_trust_space(case: Case) -> Verdict:
    """ADR-1: mail goes to domains of ours and of operators of the trust space, no further. domain.md §6."""
    if case.is_ours or case.is_relayed or case.standing in {Standing.LISTED, Standing.UNKNOWN}:
        return abstain("ADR-1")
    if case.standing is Standing.ALONE:
        return refuse(
            "ADR-1",
            550,
            7,
            1,
            fr="Cette passerelle n'échange pas encore de courrier avec d'autres opérateurs",
            en="This gateway does not exchange mail with other operators yet",
        )
    return refuse(
        "ADR-1",
        550,
        7,
        1,
        fr="Ce domaine n'est pas dans l'espace de confiance MSSanté : vérifiez l'adresse",
        en="This domain is not in the MSSante trust space: check the address",
    )


def trust_space_is_known(case: Case) -> Verdict:
    """ADR-7: without a list that is recent enough, mail elsewhere is tried again later. domain.md §6."""
    if case.is_ours or case.is_relayed or case.standing is not Standing.UNKNOWN:
        return abstain("ADR-7")
    # RFC 3463 §3.5: X.4.3, a directory that cannot be asked now. The operator is alarmed of the list's age.
    return refuse(
        "ADR-7",
        451,
        4,
        3,
        fr="On ne sait pas aujourd'hui qui est dans l'espace de confiance : renvoyez le message plus tard",
        en="It is not known today who is in the trust space: send the message again later",
    )


def ins_key_is_right(case: Case) -> Verdict:
    """ADR-2: an address in the shape of an INS carries the right key. domain.md §2."""
    # An address that leads to a bal is right by definition: whoever created it has judged its key.
    if not case.to_citizen or case.bal is not None or case.policy.ins_key is InsKeyCheck.WARN:
        return abstain("ADR-2")
    try:
        ins = parse_ins(case.recipient.local)
    except InsSyntaxError:
        return abstain("ADR-2")  # technical boxes of the patient domain are not INS
    if ins.has_right_key:
        return abstain("ADR-2")
    return refuse(
        "ADR-2",
        553,
        1,
        3,
        fr="La clé de cet INS (ses deux derniers chiffres) est fausse : vérifiez le numéro",
        en="The key of this INS (its last two digits) is wrong: check the number",
    )


def mailbox_exists(case: Case) -> Verdict:
    """ADR-3: the address leads to a mailbox. domain.md §2, what comes back."""
    if case.holder is not None or not case.is_ours:
        return abstain("ADR-3")
    return refuse(
        "ADR-3",
        550,
        1,
        1,
        fr="Aucune boîte aux lettres n'a cette adresse : vérifiez-la, lettre par lettre",
        en="No mailbox has this address: check it, letter by letter",
    )


def mailbox_receives(case: Case) -> Verdict:
    """ADR-4: a closed or opposed mailbox receives nothing. domain.md §2, profile states."""
    if case.bal is None or case.bal.state.receives:
        return abstain("ADR-4")
    # One sentence whatever the reason: that somebody has opposed is nobody's business.
    return refuse(
        "ADR-4",
        550,
        2,
        1,
        fr="Cette boîte aux lettres ne reçoit plus de messages",
        en="This mailbox receives no more messages",
    )


def quota_is_kept(case: Case) -> Verdict:
    """ADR-5: a message fits in what is left of the mailbox's quota. domain.md §2, what comes back."""
    if case.bal is None or not case.bal.quota:
        return abstain("ADR-5")
    size = case.content.size if case.content is not None else 1
    if case.bal.used + size <= case.bal.quota:
        return abstain("ADR-5")
    # 4yz: the holder may make room, or the operator may; the letter is worth trying again.
    return refuse(
        "ADR-5",
        452,
        2,
        2,
        fr="Cette boîte aux lettres est pleine : réessayez plus tard",
        en="This mailbox is full: try again later",
    )


def one_citizen_a_message(case: Case) -> Verdict:
    """ADR-6: one citizen a message, or they would see one another. domain.md §2."""
    if case.to_citizen and case.citizens > 1:
        return refuse(
            "ADR-6",
            550,
            7,
            1,
            fr="Un seul citoyen par message : envoyez à chacun un message à part",
            en="One citizen a message: send each of them a message of his own",
        )
    return abstain("ADR-6")


def holder_is_citizen(case: Case) -> bool:
    """Whether the address leads to a citizen."""
    return case.holder is not None and case.holder.is_citizen
