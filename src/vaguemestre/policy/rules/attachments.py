"""What a message may carry: sizes, numbers and types, judged by content and never by name. domain.md §3."""

from typing import Final

from vaguemestre.mail.media_types import PROGRAMS, UNEXAMINED
from vaguemestre.policy.case import Case, SenderCase
from vaguemestre.policy.limits import megabytes, megaoctets
from vaguemestre.policy.rules.naming import in_english, in_french
from vaguemestre.policy.verdict import Verdict, abstain, refuse

CITIZEN_TYPES: Final = frozenset(
    {
        "application/pdf",
        "image/jpeg",
        "image/png",
        "image/tiff",
        "image/heic",
        "text/plain",
        "application/rtf",
    }
)
"""What a citizen may send by default; beside them an archive in the form of IHE XDM. domain.md §3."""

_ACCEPTED: Final = "PDF, JPEG, PNG, TIFF, HEIC, TXT"


def attachments_fit_their_destination(case: Case) -> Verdict:
    """ATT-1: the decoded attachments together stay within the destination's limit. domain.md §3."""
    if case.content is None:
        return abstain("ATT-1")
    limit = case.carriage.attachments
    total = sum(attachment.size for attachment in case.content.attachments)
    if total <= limit:
        return abstain("ATT-1")
    # 5.2.3 and not 5.3.4: it is the recipient's limit, another destination may take more (RFC 3463 §3.3).
    return refuse(
        "ATT-1",
        552,
        2,
        3,
        fr=f"Les pièces jointes sont trop lourdes : {megaoctets(total)}, limite {megaoctets(limit)}",
        en=f"The attachments are too large: {megabytes(total)}, limit {megabytes(limit)}",
    )


def message_fits_its_destination(case: Case) -> Verdict:
    """LIM-4: a message announced or found larger than its destination takes is refused. domain.md §3."""
    limit = case.carriage.message
    size = max(case.declared_size or 0, case.content.size if case.content is not None else 0)
    if size <= limit:
        return abstain("LIM-4")
    return refuse(
        "LIM-4",
        552,
        2,
        3,
        fr=f"Le message est trop lourd pour ce destinataire : {megaoctets(size)}, limite {megaoctets(limit)}",
        en=f"The message is too large for this recipient: {megabytes(size)}, limit {megabytes(limit)}",
    )


def attachments_are_few(case: Case) -> Verdict:
    """ATT-2: the number of attachments stays within the destination's limit. domain.md §3."""
    if case.content is None:
        return abstain("ATT-2")
    count, limit = len(case.content.attachments), case.carriage.count
    if count <= limit:
        return abstain("ATT-2")
    return refuse(
        "ATT-2",
        552,
        2,
        3,
        fr=f"Trop de pièces jointes : {count}, limite {limit}",
        en=f"Too many attachments: {count}, limit {limit}",
    )


def no_executable(case: SenderCase) -> Verdict:
    """ATT-3: programs and scripts are refused from anyone, whatever their name. domain.md §3."""
    if case.content is None:
        return abstain("ATT-3")
    for attachment in case.content.attachments:
        if attachment.detected_type in PROGRAMS:
            # 5.7.1: RFC 3463 §3.8, a matter of policy; the name is the sender's own and helps him find it.
            return refuse(
                "ATT-3",
                550,
                7,
                1,
                fr=f"La pièce jointe {in_french(attachment.name)} est un programme : retirez-la",
                en=f"The attachment {in_english(attachment.name)} is a program: remove it",
            )
    return abstain("ATT-3")


def citizen_sends_accepted_types(case: Case) -> Verdict:
    """ATT-4: a citizen sends PDF, JPEG, PNG, TIFF, HEIC, TXT, RTF and IHE_XDM.zip. domain.md §3."""
    if case.content is None or not case.from_citizen:
        return abstain("ATT-4")
    for attachment in case.content.attachments:
        if attachment.detected_type in CITIZEN_TYPES or attachment.is_xdm:
            continue
        return refuse(
            "ATT-4",
            550,
            7,
            1,
            fr=f"La pièce jointe {in_french(attachment.name)} n'est pas acceptée : "
            f"envoyez {_ACCEPTED} ou RTF",
            en=f"The attachment {in_english(attachment.name)} is not accepted: send {_ACCEPTED} or RTF",
        )
    return abstain("ATT-4")


def nothing_is_hidden(case: SenderCase) -> Verdict:
    """ATT-5: what could not be examined is refused from anyone: a program could hide there. domain.md §3."""
    # Of a message whose header was not looked at whole nothing else was: LIM-5 says so better.
    if case.content is None or case.content.has_too_large_header:
        return abstain("ATT-5")
    for attachment in case.content.attachments:
        if attachment.detected_type == UNEXAMINED:
            # 5.6.0 (RFC 3463 §3.7): it is the form of the message that stands in the way, not what it says.
            return refuse(
                "ATT-5",
                550,
                6,
                0,
                fr=f"La partie {in_french(attachment.name)} ne peut pas être examinée : elle est imbriquée "
                "trop profondément ou codée d'une façon inconnue ; joignez les documents eux-mêmes",
                en=f"The part {in_english(attachment.name)} cannot be examined: it is nested too deeply or "
                "encoded in an unknown way; attach the documents themselves",
            )
    return abstain("ATT-5")


def no_virus(case: SenderCase) -> Verdict:
    """ATT-13: a message in which the scanner finds something is refused from anyone. domain.md §3."""
    if case.content is None or case.content.infection is None:
        return abstain("ATT-13")
    name = case.content.infection
    return refuse(
        "ATT-13",
        550,
        7,
        1,
        fr=f"L'antivirus a trouvé {in_french(name)} dans ce message",
        en=f"The virus scanner has found {in_english(name)} in this message",
    )


def nothing_goes_unscanned(case: SenderCase) -> Verdict:
    """ATT-14: where there is a scanner, nothing goes by it while it does not answer. domain.md §3."""
    if case.content is None or not case.content.was_not_scanned:
        return abstain("ATT-14")
    # 4.7.1 and not 4.3.0: that no message goes unscanned is a matter of policy (RFC 3463 §3.8).
    return refuse(
        "ATT-14",
        451,
        7,
        1,
        fr="L'antivirus ne répond pas : renvoyez ce message plus tard",
        en="The virus scanner does not answer: send this message again later",
    )
