"""Whose a health document is, and who may see it: CDA, XDM and HL7 v2 among the attachments. domain.md §4.

Software is never refused for what its documents do not say: an identity that is not qualified is no fact
here. The name in a Subject is no evidence either, and is not looked at.
"""

from collections.abc import Sequence

from vaguemestre.mail.health_document import HealthDocument, is_of
from vaguemestre.policy.case import Case
from vaguemestre.policy.rules.addresses import holder_is_citizen
from vaguemestre.policy.verdict import Verdict, abstain, refuse


def document_is_the_recipients(case: Case) -> Verdict:
    """IDV-1: a document whose INS is not the recipient's, nor an alias, is not for him. domain.md §4."""
    strangers, has_own = _patients(case)
    if len(strangers) != 1 or has_own:
        return abstain("IDV-1")
    return refuse(
        "IDV-1",
        550,
        7,
        1,
        fr="Le document joint concerne un autre patient que le destinataire : vérifiez l'adresse",
        en="The attached document is of another patient than the recipient: check the address",
    )


def documents_are_of_one_patient(case: Case) -> Verdict:
    """IDV-2: a message for a citizen holds documents of one patient alone. domain.md §4."""
    strangers, has_own = _patients(case)
    if len(strangers) + has_own < 2:
        return abstain("IDV-2")
    return refuse(
        "IDV-2",
        550,
        7,
        1,
        fr="Les documents joints concernent plusieurs patients : envoyez un message par patient",
        en="The attached documents are of several patients: send one message per patient",
    )


def document_can_be_read(case: Case) -> Verdict:
    """IDV-3: a CDA or XDM that cannot be read goes to no citizen, for whose is unknown. domain.md §4."""
    if not holder_is_citizen(case) or all(document.is_readable for document in _documents(case)):
        return abstain("IDV-3")
    # 5.6.0 (RFC 3463 §3.7) and not 5.7.1: its form is wrong, and software can mend it.
    return refuse(
        "IDV-3",
        550,
        6,
        0,
        fr="Un document de santé joint (CDA ou XDM) est illisible : refaites-le",
        en="An attached health document (CDA or XDM) cannot be read: make it again",
    )


def hidden_from_the_patient(case: Case) -> Verdict:
    """VIS-1: a document not to be seen by the patient never goes to the citizen. domain.md §4."""
    if not holder_is_citizen(case) or not _is_marked(case, case.policy.marks.not_for_patient):
        return abstain("VIS-1")
    return refuse(
        "VIS-1",
        550,
        7,
        1,
        fr="Un document joint est marqué non visible par le patient : il ne peut pas lui être envoyé",
        en="An attached document is marked as hidden from the patient: it cannot be sent to him",
    )


def hidden_from_professionals(case: Case) -> Verdict:
    """VIS-2: a document hidden from professionals goes only to the citizen, who may show it. domain.md §4."""
    if case.from_citizen or holder_is_citizen(case):
        return abstain("VIS-2")
    if not _is_marked(case, case.policy.marks.not_for_professionals):
        return abstain("VIS-2")
    return refuse(
        "VIS-2",
        550,
        7,
        1,
        fr="Un document joint est masqué aux professionnels : il ne peut être envoyé qu'au patient",
        en="An attached document is hidden from professionals: it can be sent to the patient only",
    )


def marks_are_understood(case: Case) -> Verdict:
    """VIS-3: marks are Y or N, and never both hidden from patient and professionals. domain.md §4."""
    if case.from_citizen or all(_is_understood(case, document) for document in _documents(case)):
        return abstain("VIS-3")
    return refuse(
        "VIS-3",
        550,
        6,
        0,
        fr="Un document joint porte des indications de visibilité contradictoires : corrigez-les",
        en="An attached document carries contradictory words on who may see it: correct them",
    )


def hidden_from_representatives(case: Case) -> Verdict:
    """VIS-4: a document hidden from representatives does not go to a box they read. domain.md §2."""
    if not case.holder_is_read_by_representatives:
        return abstain("VIS-4")
    if not _is_marked(case, case.policy.marks.not_for_representatives):
        return abstain("VIS-4")
    return refuse(
        "VIS-4",
        550,
        7,
        1,
        fr="Un document joint est marqué non visible par les représentants légaux, qui lisent cette boîte",
        en="An attached document is marked as hidden from the legal representatives, who read this box",
    )


def _documents(case: Case) -> Sequence[HealthDocument]:
    """Those of all attachments; most messages have none, and every rule of this file asks."""
    if case.content is None or not case.content.attachments:
        return ()
    return [document for attachment in case.content.attachments for document in attachment.documents]


def _patients(case: Case) -> tuple[set[str], bool]:
    """The patients who are not the recipient, and whether he is one of them; nobody for any other mailbox.

    A citizen domain holds boxes of programs too, which have no INS: no patient is wrong there (domain.md §2).
    """
    all_ = {patient for document in _documents(case) for patient in document.patients}
    if not all_ or not holder_is_citizen(case) or not (own := case.holder_ins):
        return set(), False
    strangers = {patient for patient in all_ if not any(is_of(patient, ins) for ins in own)}
    return strangers, len(strangers) < len(all_)


def _is_marked(case: Case, codes: frozenset[str]) -> bool:
    """Whether any document of the message says so."""
    marks = (mark for document in _documents(case) for mark in document.marks)
    return any(mark.value == "Y" and mark.code in codes for mark in marks)


def _is_understood(case: Case, document: HealthDocument) -> bool:
    words = case.policy.marks
    ours = [mark for mark in document.marks if mark.code in words.all]
    meant = {mark.code for mark in ours if mark.value == "Y"}
    return all(mark.value in {"Y", "N"} for mark in ours) and not (
        meant & words.not_for_patient and meant & words.not_for_professionals
    )
