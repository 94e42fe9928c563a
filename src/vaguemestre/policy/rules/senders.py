"""Who sends: what an account may claim in MAIL FROM and From. RFC 5321 §2.3.1 keeps the two apart."""

from typing import Final

from vaguemestre.mail.address import SERVICE_NAME, Address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.reply import Reply
from vaguemestre.policy.case import SenderCase, kind_of
from vaguemestre.policy.limits import Bound, megabytes, megaoctets
from vaguemestre.policy.verdict import Verdict, abstain, refuse

MAX_HOPS: Final = 100  # RFC 5321 §6.3 asks for 100 at least
MAX_RETURNS: Final = 20  # to this server: somebody who passes on what was passed on does so a few times

MAX_HEADER_KILOBYTES: Final = 256  # what the reading of messages looks at; people write a few


def account_sends(case: SenderCase) -> Verdict:
    """SND-1: only an active account sends. domain.md §2, profile states."""
    if all(bal is None or bal.state.signs_in for bal in (case.account, case.reader)):
        return abstain("SND-1")
    return refuse(
        "SND-1",
        550,
        7,
        1,
        fr="Ce compte ne peut pas envoyer de message : il n'est pas actif",
        en="This account cannot send: it is not active",
    )


def reverse_path_is_the_account(case: SenderCase) -> Verdict:
    """SND-2: MAIL FROM is the address of the account that signed in, or an alias. RFC 6409 §6.1."""
    if case.account is None:
        return abstain("SND-2")  # REL-2 judges operators
    if case.reverse_path is None:
        # RFC 5321 §4.5.5: notifications carry it; a person or a program that submits has an address.
        return refuse(
            "SND-2",
            550,
            7,
            1,
            fr="Signez votre message : MAIL FROM est votre propre adresse, et non <>",
            en="Sign your message: MAIL FROM is your own address, not <>",
        )
    if case.is_own(case.reverse_path):
        return abstain("SND-2")
    return refuse(
        "SND-2",
        550,
        7,
        1,
        fr="MAIL FROM n'est pas l'adresse de votre compte : vérifiez le réglage de votre messagerie",
        en="MAIL FROM is not the address you signed in with",
    )


def from_is_the_account(case: SenderCase) -> Verdict:
    """SND-3: From is the address of the account that signed in, or an alias; once, alone. RFC 6409 §6.1."""
    if case.content is None or case.account is None:
        return abstain("SND-3")  # REL-4 judges what operators bring
    named = case.content.from_
    if not case.content.unreadable_from and len(named) == 1 and case.is_own(named[0]):
        return abstain("SND-3")
    return refuse(
        "SND-3",
        550,
        7,
        1,
        fr="Le champ From (expéditeur) n'est pas l'adresse de votre compte",
        en="The From field is not the address you signed in with",
    )


def citizen_keeps_answers_to_himself(case: SenderCase) -> Verdict:
    """SND-4: a citizen's Reply-To, if any, is his own: answers stay in the trust space. domain.md §2."""
    if case.content is None or not case.sender.is_citizen:
        return abstain("SND-4")
    if all(map(case.is_own, case.content.reply_to)):
        return abstain("SND-4")
    return refuse(
        "SND-4",
        550,
        7,
        1,
        fr="Le champ Reply-To (répondre à) n'est pas votre adresse : retirez-le",
        en="The Reply-To field is not your address: remove it",
    )


def sender_field_is_the_account(case: SenderCase) -> Verdict:
    """SND-5: the Sender field, if any, is who signed in. RFC 5322 §3.6.2: it names who really sent it."""
    if case.content is None or case.account is None:
        return abstain("SND-5")  # REL-6
    if case.reader is not None and case.reader.kind is BalKind.CITIZEN:
        # The gateway has put its own there, with his name: service/arriving/on_behalf.py.
        ours = Address(SERVICE_NAME, case.reader.address.domain).key
        if not case.content.unreadable_sender and all(a.key == ours for a in case.content.sender):
            return abstain("SND-5")
        return refuse(
            "SND-5",
            550,
            7,
            1,
            fr="Retirez le champ Sender : il montrerait votre matricule ; votre nom y est mis sans lui",
            en="Remove the Sender field: it would show your matricule; your name is put there without it",
        )
    if not case.content.unreadable_sender and all(map(case.is_of_person, case.content.sender)):
        return abstain("SND-5")
    # Several clients show it before From: «paul, on behalf of claire».
    return refuse(
        "SND-5",
        550,
        7,
        1,
        fr="Le champ Sender n'est pas l'adresse de votre compte : retirez-le",
        en="The Sender field is not the address you signed in with: remove it",
    )


def announced_size_is_within_the_limit(case: SenderCase) -> Verdict:
    """LIM-1: a message announced or found larger than the limit is refused. domain.md §3; RFC 1870 §6.1."""
    limit = case.policy.limits.largest_message(kind_of(case.sender))
    size = max(case.declared_size or 0, case.content.size if case.content is not None else 0)
    if size <= limit:
        return abstain("LIM-1")
    return refuse(
        "LIM-1",
        552,
        3,
        4,
        fr=f"Le message est trop lourd : {megaoctets(size)}, limite {megaoctets(limit)}",
        en=f"The message is too large: {megabytes(size)}, limit {megabytes(limit)}",
    )


def message_too_large(size: int, bound: Bound, *, is_encoded: bool = False) -> Reply:
    """What LIM-1 says, or LIM-4, of a message whose octets past the limit were counted and not kept.

    ``is_encoded``: its binary parts were put into base64, and it was not so large when it was sent.
    """
    en = f"{megabytes(size)}{' in base64' if is_encoded else ''}, limit {megabytes(bound.octets)}"
    fr = f"{megaoctets(size)}{' en base64' if is_encoded else ''}, limite {megaoctets(bound.octets)}"
    if bound.is_recipients:
        return Reply(
            552,
            2,
            3,
            f"The message is too large for this recipient: {en}",
            f"Le message est trop lourd pour ce destinataire : {fr}",
            "MSS-LIM-4",
        )
    return Reply(
        552, 3, 4, f"The message is too large: {en}", f"Le message est trop lourd : {fr}", "MSS-LIM-1"
    )


def recipients_are_few(case: SenderCase) -> Verdict:
    """LIM-2: the number of recipients of a message is bounded. RFC 5321 §4.5.3.1.8 asks for 100 at least."""
    most = case.policy.recipients_of(kind_of(case.sender))
    if case.recipient_count <= most:
        return abstain("LIM-2")
    # RFC 5321 §4.5.3.1.10: 452, so that the client sends the rest in a further message.
    return refuse(
        "LIM-2",
        452,
        5,
        3,
        fr=f"Trop de destinataires : {most} au plus par message",
        en=f"Too many recipients: {most} a message at most",
    )


def header_names_few(case: SenderCase) -> Verdict:
    """LIM-3: the header names no more people than can be looked at for citizens among them. domain.md §2."""
    if case.content is None or not case.content.has_too_many_addresses:
        return abstain("LIM-3")
    return refuse(
        "LIM-3",
        550,
        6,
        0,
        fr="Les champs To, Cc et autres nomment trop de personnes : nommez-en moins",
        en="The To, Cc and other fields name too many people: name fewer of them",
    )


def header_is_looked_at_whole(case: SenderCase) -> Verdict:
    """LIM-5: a header is no longer than what is looked at: the rest could name anybody. domain.md §2."""
    if case.content is None or not case.content.has_too_large_header:
        return abstain("LIM-5")
    return refuse(
        "LIM-5",
        552,
        3,
        4,
        fr=f"L'en-tête du message est trop long : {MAX_HEADER_KILOBYTES} Ko au plus",
        en=f"The header of the message is too long: {MAX_HEADER_KILOBYTES} KB at most",
    )


def message_is_well_formed(case: SenderCase) -> Verdict:
    """FRM-1: lines end in CRLF: a CR or LF alone can smuggle a second message. RFC 5321 §2.3.8."""
    if case.content is None or not case.content.has_bare_line_end:
        return abstain("FRM-1")
    return refuse(
        "FRM-1",
        550,
        6,
        11,
        fr="Une ligne se termine par CR ou LF seul : terminez chaque ligne par CRLF",
        en="A line ends in CR or LF alone: send lines ending in CRLF",
    )


def message_is_in_no_loop(case: SenderCase) -> Verdict:
    """FRM-3: a message that went round too often goes no further. RFC 5321 §6.3."""
    hops = case.content.hops if case.content is not None else ()
    # The first is this server, which has just added its own: a program here and one elsewhere that send
    # to one another make few hops elsewhere and many here.
    if len(hops) - 1 <= MAX_HOPS and (not hops or not hops[0] or hops.count(hops[0]) - 1 <= MAX_RETURNS):
        return abstain("FRM-3")
    return refuse(
        "FRM-3",
        554,
        4,
        6,
        fr="Le message tourne en rond : il est passé par trop de serveurs",
        en="The message goes round in circles: it has come through too many servers",
    )


def message_holds_no_nul(case: SenderCase) -> Verdict:
    """FRM-2: a message holds no NUL octet. RFC 5321 §4.5.2; RFC 5322 §4 retired it long ago."""
    if case.content is None or not case.content.has_nul:
        return abstain("FRM-2")
    return refuse(
        "FRM-2",
        550,
        6,
        0,
        fr="Le message contient un octet NUL : codez les parties binaires en base64",
        en="The message holds a NUL octet: encode binary parts in base64",
    )
