"""What an attachment may not hold inside, whoever sends it: judged once it was opened. domain.md §3."""

from collections.abc import Iterable
from typing import Final

from vaguemestre.mail.examined import Finding, Flaw
from vaguemestre.mail.media_types import CLOSED_ARCHIVES
from vaguemestre.mail.message import Attachment, MessageFacts
from vaguemestre.policy.case import SenderCase
from vaguemestre.policy.limits import megabytes, megaoctets
from vaguemestre.policy.rules.naming import in_english, in_french
from vaguemestre.policy.verdict import Verdict, abstain, refuse

_TOO_MUCH: Final = frozenset({Flaw.SIZE, Flaw.RATIO, Flaw.ENTRIES})


def no_program_inside(case: SenderCase) -> Verdict:
    """ATT-6: a program or script inside an archive or a document is refused from anyone. domain.md §3."""
    found = _first(case.content, {Flaw.PROGRAM})
    if found is None:
        return abstain("ATT-6")
    fr, en = _named(*found)
    return refuse(
        "ATT-6",
        550,
        7,
        1,
        fr=f"La pièce jointe {fr} contient un programme : retirez-le",
        en=f"The attachment {en} holds a program: remove it",
    )


def no_macro(case: SenderCase) -> Verdict:
    """ATT-7: a document with macros is refused from anyone: it runs when it is opened. domain.md §3."""
    found = _first(case.content, {Flaw.MACRO})
    if found is None:
        return abstain("ATT-7")
    fr, en = _named(*found)
    return refuse(
        "ATT-7",
        550,
        7,
        1,
        fr=f"La pièce jointe {fr} contient des macros : envoyez-la sans macros, ou en PDF",
        en=f"The attachment {en} holds macros: send it without macros, or as PDF",
    )


def nothing_encrypted(case: SenderCase) -> Verdict:
    """ATT-8: archives and documents under a password are refused from anyone. domain.md §3."""
    found = _first(case.content, {Flaw.ENCRYPTED})
    if found is None:
        return abstain("ATT-8")
    fr, en = _named(*found)
    return refuse(
        "ATT-8",
        550,
        7,
        1,
        fr=f"La pièce jointe {fr} est protégée par un mot de passe : envoyez-la sans, tout est déjà chiffré",
        en=f"The attachment {en} is under a password: send it without, all mail is encrypted already",
    )


def no_archive_in_an_archive(case: SenderCase) -> Verdict:
    """ATT-9: an archive in an archive is refused from anyone; Office documents are none. domain.md §3."""
    found = _first(case.content, {Flaw.NESTED})
    if found is None:
        return abstain("ATT-9")
    fr, en = _named(*found)
    return refuse(
        "ATT-9",
        550,
        7,
        1,
        fr=f"La pièce jointe {fr} contient une archive : joignez les documents eux-mêmes",
        en=f"The attachment {en} holds an archive: attach the documents themselves",
    )


def archives_unpack_to_little(case: SenderCase) -> Verdict:
    """ATT-10: an archive that unpacks to too much (size, ratio, files) is refused. domain.md §3."""
    found = _first(case.content, _TOO_MUCH)
    if found is None:
        return abstain("ATT-10")
    fr, en = _named(*found)
    amount, limit = found[1].amount, found[1].limit
    said = {
        Flaw.SIZE: (
            f"occupe {megaoctets(amount)} une fois décompressée, limite {megaoctets(limit)}",
            f"unpacks to {megabytes(amount)}, limit {megabytes(limit)}",
        ),
        Flaw.RATIO: (
            f"occupe {amount} fois sa taille une fois décompressée, limite {limit} fois",
            f"unpacks to {amount} times its size, limit {limit} times",
        ),
        Flaw.ENTRIES: (f"contient {amount} fichiers, limite {limit}", f"holds {amount} files, limit {limit}"),
    }
    french, english = said[found[1].flaw]
    # 5.7.1 and not 5.2.3: what it takes up once unpacked fills no mailbox; it is a danger, not a size.
    return refuse(
        "ATT-10",
        550,
        7,
        1,
        fr=f"La pièce jointe {fr} {french}",
        en=f"The attachment {en} {english}",
    )


def archives_are_sound(case: SenderCase) -> Verdict:
    """ATT-11: an archive that two programs would read in two ways is refused from anyone. domain.md §3."""
    found = _first(case.content, {Flaw.BROKEN})
    if found is None:
        return abstain("ATT-11")
    fr, en = _named(*found)
    return refuse(
        "ATT-11",
        550,
        6,
        0,  # and not 5.7.1: its form is wrong, often by an accident on the way (RFC 3463 §3.7)
        fr=f"La pièce jointe {fr} est abîmée ou cache une archive : refaites-la",
        en=f"The attachment {en} is damaged or hides an archive: make it again",
    )


def archives_can_be_opened(case: SenderCase) -> Verdict:
    """ATT-12: archives of a kind that is not opened here are refused from anyone: use ZIP. domain.md §3."""
    if case.content is None:
        return abstain("ATT-12")
    found = _first(case.content, {Flaw.CLOSED})
    closed = (a for a in case.content.attachments if a.detected_type in CLOSED_ARCHIVES)
    attachment = next(closed, None) if found is None else found[0]
    if attachment is None:
        return abstain("ATT-12")
    fr, en = in_french(attachment.name), in_english(attachment.name)
    return refuse(
        "ATT-12",
        550,
        7,
        1,
        fr=f"La pièce jointe {fr} est une archive qui ne peut pas être examinée : envoyez un ZIP ordinaire",
        en=f"The attachment {en} is an archive that cannot be examined: send an ordinary ZIP",
    )


def _first(content: MessageFacts | None, flaws: Iterable[Flaw]) -> tuple[Attachment, Finding] | None:
    """The first attachment with one of these flaws."""
    wanted = frozenset(flaws)
    for attachment in content.attachments if content is not None else ():
        for finding in attachment.findings:
            if finding.flaw in wanted:
                return attachment, finding
    return None


def _named(attachment: Attachment, finding: Finding) -> tuple[str, str]:
    """The attachment, and the file inside it, in French and in English."""
    fr, en = in_french(attachment.name), in_english(attachment.name)
    if not finding.where:
        return fr, en
    return f"{fr} (fichier {in_french(finding.where)})", f"{en} (file {in_english(finding.where)})"
