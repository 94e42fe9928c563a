"""Whose a document is and who may see it. domain.md §4; the rules IDV and VIS."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.support.builders import (
    CITIZEN,
    OTHER_CITIZEN,
    OTHER_DOCTOR,
    a_case,
    a_citizen,
    a_pair,
    a_professional,
    an_attachment,
    some_facts,
)

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.health_document import DocumentKind, HealthDocument, Mark
from vaguemestre.mail.message import MessageFacts
from vaguemestre.policy.rulebook import judge

OWN, OTHER, THIRD = CITIZEN[:15], OTHER_CITIZEN[:15], "109076322083489"


def a_document(*patients: str, **marks: str) -> HealthDocument:
    words = tuple(Mark(code, value) for code, value in marks.items())
    return HealthDocument(DocumentKind.CDA, "lettre.xml", patients, words)


def carrying(*documents: HealthDocument) -> MessageFacts:
    return some_facts(attachments=[replace(an_attachment("application/xml"), documents=documents)])


def to_the_citizen(*documents: HealthDocument, aliases: Sequence[str] = ()) -> str:
    case = a_case(a_professional(), a_citizen(), content=carrying(*documents))
    return judge(replace(case, aliases=tuple(map(parse_address, aliases)))).rule


def to_a_colleague(*documents: HealthDocument) -> str:
    colleague = a_professional(OTHER_DOCTOR)
    return judge(a_case(a_professional(), colleague, citizens=0, content=carrying(*documents))).rule


@pytest.mark.parametrize(
    ("documents", "rule"),
    [
        ([a_document(OWN)], "CONV-1"),
        ([a_document(OWN), a_document(OWN)], "CONV-1"),
        ([a_document(OWN[:13])], "CONV-1"),  # without its key
        ([a_document()], "CONV-1"),  # no qualified identity: it is not refused for that
        ([a_document(OTHER)], "IDV-1"),
        ([a_document(OTHER), a_document()], "IDV-1"),
        ([a_document(OTHER[:13])], "IDV-1"),
        ([a_document(OWN), a_document(OTHER)], "IDV-2"),
        ([a_document(OWN, OTHER)], "IDV-2"),
        ([a_document(THIRD), a_document(OTHER)], "IDV-2"),
        ([replace(a_document(), is_readable=False)], "IDV-3"),
    ],
)
def test_a_document_goes_to_its_own_patient_alone(documents: list[HealthDocument], rule: str) -> None:
    assert to_the_citizen(*documents) == rule


def test_a_former_ins_is_the_patients_own() -> None:
    assert to_the_citizen(a_document(OTHER), aliases=[OTHER_CITIZEN]) == "CONV-1"
    assert to_the_citizen(a_document(OTHER), a_document(OWN), aliases=[OTHER_CITIZEN]) == "CONV-1"


def test_between_professionals_nobody_is_a_wrong_patient() -> None:
    assert to_a_colleague(a_document(OWN), a_document(OTHER)) == "CONV-6"
    assert to_a_colleague(replace(a_document(), is_readable=False)) == "CONV-6"


def test_a_box_of_a_program_in_a_citizen_domain_has_no_patient() -> None:
    box = a_citizen("reponse.automatique-test@patient.mssante.fr")
    assert judge(a_case(a_professional(), box, content=carrying(a_document(OTHER)))).rule == "CONV-1"


@pytest.mark.parametrize(
    ("marks", "citizen", "colleague"),
    [
        ({}, "CONV-1", "CONV-6"),
        ({"INVISIBLE_PATIENT": "N", "MASQUE_PS": "N"}, "CONV-1", "CONV-6"),
        ({"INVISIBLE_PATIENT": "Y", "MASQUE_PS": "N"}, "VIS-1", "CONV-6"),
        ({"INVISIBLE_PATIENT": "N", "MASQUE_PS": "Y"}, "CONV-1", "VIS-2"),
        ({"INVISIBLE_PATIENT": "Y", "MASQUE_PS": "Y"}, "VIS-1", "VIS-2"),
        ({"INVISIBLE_PATIENT": "oui"}, "VIS-3", "VIS-3"),
        ({"MASQUE_PS": ""}, "VIS-3", "VIS-3"),
        ({"DESTDMP": "peut-être"}, "CONV-1", "CONV-6"),  # a word that is not ours
        ({"N": "Y"}, "CONV-1", "CONV-6"),
        ({"INVISIBLE_REP_LEGAUX": "Y"}, "CONV-1", "CONV-6"),
    ],
)
def test_a_document_goes_where_its_marks_say(marks: dict[str, str], citizen: str, colleague: str) -> None:
    assert to_the_citizen(a_document(OWN, **marks)) == citizen
    assert to_a_colleague(a_document(OWN, **marks)) == colleague


def test_what_representatives_may_not_see_does_not_reach_a_box_they_read() -> None:
    hidden = carrying(a_document(OWN, INVISIBLE_REPRESENTANTS_LEGAUX="Y"))
    case = a_case(a_professional(), a_citizen(), content=hidden)
    assert judge(replace(case, holder_is_read_by_representatives=True)).rule == "VIS-4"
    assert judge(replace(case, holder_is_read_by_representatives=False)).rule == "CONV-1"


def test_a_citizen_may_show_his_doctor_what_is_hidden_from_professionals() -> None:
    citizen, doctor = a_citizen(), a_professional()
    pair = a_pair(citizen, doctor)
    content = replace(carrying(a_document(OWN, MASQUE_PS="Y")), from_=(parse_address(CITIZEN),))
    content = replace(content, attachments=(replace(content.attachments[0], is_xdm=True),))
    case = a_case(citizen, doctor, citizens=0, between=[pair], answered=pair, content=content)
    assert not judge(case).refuses


def test_no_sentence_reveals_a_matricule() -> None:
    case = a_case(a_professional(), a_citizen(), content=carrying(a_document(OTHER)))
    reply = judge(case).reply
    assert reply is not None
    assert OTHER not in str(reply)
    assert OTHER not in reply.in_french()
