"""What another operator may bring: the right letter from the right person, for people here. domain.md §6.

An operator answers for the people of his domains, and for nobody else: so what names a sender, in the
envelope or in the header, lies within them. Who among them may write for whom (secretaries, lists of his
own) is his affair, except for citizens: a citizen's mail is his own.
"""

from vaguemestre.mail.address import Address
from vaguemestre.policy.case import Case, SenderCase
from vaguemestre.policy.verdict import Verdict, abstain, refuse


def recipient_is_ours(case: Case) -> Verdict:
    """REL-1: another operator brings mail for people here, never for others. domain.md §6; RFC 5321 §7.9."""
    if not case.is_relayed or case.is_ours:
        return abstain("REL-1")
    return refuse(
        "REL-1",
        550,
        7,
        1,
        fr="Cette passerelle ne reçoit d'autres opérateurs que le courrier de ses propres boîtes aux lettres",
        en="This gateway takes from other operators mail for its own mailboxes alone",
    )


def reverse_path_is_the_operators(case: SenderCase) -> Verdict:
    """REL-2: MAIL FROM lies in a domain that the operator may speak for. domain.md §6."""
    if case.peer is None or case.reverse_path is None or _is_his(case, case.reverse_path):
        return abstain("REL-2")
    return refuse(
        "REL-2",
        550,
        7,
        1,
        fr="Le domaine de MAIL FROM n'est pas de ceux que votre certificat peut représenter",
        en="The domain of MAIL FROM is not one that your certificate may speak for",
    )


def what_has_no_sender_is_a_report(case: SenderCase) -> Verdict:
    """REL-3: without a reverse-path come reports and what is automatic, no letters. RFC 5321 §4.5.5."""
    if case.peer is None or case.reverse_path is not None or case.content is None:
        return abstain("REL-3")
    if case.content.is_automatic:
        return abstain("REL-3")
    # A letter that could not be reported on would be lost without anybody knowing, and a citizen's would
    # come as his operator's.
    return refuse(
        "REL-3",
        550,
        7,
        1,
        fr="Seuls les avis et accusés automatiques viennent avec MAIL FROM:<> : donnez un expéditeur",
        en="Only automatic reports and receipts come with MAIL FROM:<>: name a sender",
    )


def from_is_the_operators(case: SenderCase) -> Verdict:
    """REL-4: From is one address, in a domain that the operator may speak for. domain.md §6."""
    if case.peer is None or case.content is None:
        return abstain("REL-4")
    named = case.content.from_
    if not case.content.unreadable_from and len(named) == 1 and _is_his(case, named[0]):
        return abstain("REL-4")
    return refuse(
        "REL-4",
        550,
        7,
        1,
        fr="Le champ From doit être une seule adresse, d'un domaine que votre certificat peut représenter",
        en="The From field must be one address, of a domain that your certificate may speak for",
    )


def citizens_mail_is_his_own(case: SenderCase) -> Verdict:
    """REL-5: a citizen's mail has his address both in MAIL FROM and in From. domain.md §2, §6."""
    if case.peer is None or case.content is None or case.reverse_path is None:
        return abstain("REL-5")
    named = (case.reverse_path, *case.content.from_)
    if not any(map(case.policy.is_of_citizens, named)) or len({address.key for address in named}) == 1:
        return abstain("REL-5")
    return refuse(
        "REL-5",
        550,
        7,
        1,
        fr="Le message d'un citoyen porte son adresse dans MAIL FROM et dans From, et aucune autre",
        en="A citizen's message has his address in MAIL FROM and in From, and no other",
    )


def sender_field_is_the_operators(case: SenderCase) -> Verdict:
    """REL-6: the Sender field, if any, is of a domain that the operator may speak for. RFC 5322 §3.6.2."""
    if case.peer is None or case.content is None:
        return abstain("REL-6")
    named = case.content.sender
    if not case.content.unreadable_sender and all(_is_his(case, address) for address in named):
        return abstain("REL-6")
    return refuse(
        "REL-6",
        550,
        7,
        1,
        fr="Le champ Sender n'est pas d'un domaine que votre certificat peut représenter",
        en="The Sender field is not of a domain that your certificate may speak for",
    )


def citizens_reports_are_for_professionals(case: Case) -> Verdict:
    """REL-7: a report that names a citizen elsewhere reaches no citizen either. domain.md §2."""
    # Without a reverse-path it counts as his operator's, so that CONV-5 does not see him.
    is_seen = not case.is_relayed or case.from_citizen  # by CONV-5
    if is_seen or not case.to_citizen or not case.policy.is_of_citizens(case.sender.address):
        return abstain("REL-7")
    return refuse(
        "REL-7",
        550,
        7,
        1,
        fr="Un avis ou accusé d'un citoyen n'est jamais pour un autre citoyen",
        en="A report or receipt of a citizen is never for another citizen",
    )


def _is_his(case: SenderCase, address: Address) -> bool:
    return case.peer is not None and address.domain_key in case.peer.domains
