"""CDA, XDM and HL7 v2: whose a document is, and who may see it. domain.md §4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.archives import a_zip
from tests.support.health_documents import (
    HOSPITAL,
    NAMESAKE,
    PATIENT,
    a_cda,
    an_hl7_message,
    an_xdm,
    metadata,
)

from vaguemestre.mail.health_document import INS_AUTHORITIES, DocumentKind, HealthDocument, Mark
from vaguemestre.mime.cda import read_cda
from vaguemestre.mime.detect import detect_type
from vaguemestre.mime.examination import Bounds, Examined, examine
from vaguemestre.mime.hl7v2 import read_hl7v2
from vaguemestre.mime.xdm import read_xdm

NORMAL = (Mark("N", "Y"),)


def examined(octets: bytes) -> Examined:
    return examine(octets, detect_type(octets[:4096]), Bounds())


def test_the_header_of_a_cda_is_read() -> None:
    document = read_cda(a_cda(PATIENT), "lettre.xml")
    assert document == HealthDocument(DocumentKind.CDA, "lettre.xml", (PATIENT,), NORMAL)


@pytest.mark.parametrize("authority", sorted(INS_AUTHORITIES))
def test_numbers_of_every_authority_of_the_ins_count(authority: str) -> None:
    document = read_cda(a_cda(PATIENT, authority=authority), "")
    assert document is not None
    assert document.patients == (PATIENT,)


def test_a_number_of_a_hospital_says_nothing() -> None:
    document = read_cda(a_cda(PATIENT, authority=HOSPITAL), "")
    assert document is not None
    assert document.patients == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-15", "windows-1252"])
def test_it_is_read_in_whatever_alphabet_it_says(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    text = a_cda(PATIENT).decode().replace("UTF-8", name).replace("Biologie", "Hématologie")
    document = read_cda(text.encode(encoding), "")
    assert document is not None
    assert document.patients == (PATIENT,)


def test_what_is_no_cda_is_no_document() -> None:
    assert read_cda(b"<html/>", "") is None
    assert read_cda(b"Bonjour", "") is None
    assert read_cda(b"", "") is None
    assert read_cda(b"<broken", "") is None


BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
<ClinicalDocument>&b;</ClinicalDocument>"""


@pytest.mark.parametrize(
    "octets",
    [
        a_cda(PATIENT)[:500],
        a_cda(PATIENT).replace(b"</recordTarget>", b"</oops>"),
        b"<ClinicalDocument>" + b"<a>" * 100,
        b"<ClinicalDocument>" + b"<a/>" * 2_000_000,
        b"<ClinicalDocument>&unknown;</ClinicalDocument>",
    ],
)
def test_a_cda_that_breaks_off_is_not_readable(octets: bytes) -> None:
    assert read_cda(octets, "x") == HealthDocument(DocumentKind.CDA, "x", is_readable=False)


def test_a_document_type_is_refused_before_anything_is_expanded() -> None:
    assert read_cda(BOMB.encode(), "") is None
    assert read_xdm(BOMB.encode(), "x") == [HealthDocument(DocumentKind.XDM, "x", is_readable=False)]


def test_what_stands_after_the_header_is_not_read() -> None:
    document = read_cda(a_cda(PATIENT).replace(b"Bonjour", b"</broken>"), "")
    assert document is not None
    assert document.is_readable


def test_an_xdm_lists_its_documents() -> None:
    list_ = metadata((PATIENT, ["N"]), (NAMESAKE, ["N", "INVISIBLE_PATIENT"]))
    first, second = read_xdm(list_, "METADATA.XML")
    assert first == HealthDocument(DocumentKind.XDM, "DOC00001.XML", (PATIENT,), NORMAL)
    assert second.patients == (NAMESAKE,)
    assert second.marks == (*NORMAL, Mark("INVISIBLE_PATIENT", "Y"))


@pytest.mark.parametrize("name", ["IHE_XDM/SUBSET01/METADATA.XML", "ihe_xdm/subset01/Metadata.xml"])
def test_an_xdm_is_known_by_its_list_and_its_documents_are_read_too(name: str) -> None:
    found = examined(an_xdm(metadata((PATIENT, ["N"])), a_cda(NAMESAKE), name=name))
    assert found.is_xdm
    assert found.findings == ()
    assert [(document.kind, document.patients) for document in found.documents] == [
        (DocumentKind.XDM, (PATIENT,)),
        (DocumentKind.CDA, (NAMESAKE,)),
    ]


def test_an_xdm_whose_list_is_broken_is_not_readable() -> None:
    (document,) = examined(an_xdm(b"<lcm:SubmitObjectsRequest>")).documents
    assert not document.is_readable


def test_a_cda_is_read_alone_and_in_any_archive() -> None:
    assert [d.patients for d in examined(a_cda(PATIENT)).documents] == [(PATIENT,)]
    bare = a_cda(PATIENT).partition(b"?>\n")[2]
    assert [d.patients for d in examined(bare).documents] == [(PATIENT,)]
    archive = examined(a_zip({"a/lettre.txt": a_cda(PATIENT)}))
    assert [(d.where, d.patients) for d in archive.documents] == [("a/lettre.txt", (PATIENT,))]
    assert not archive.is_xdm


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_message_of_hl7_v2_tells_its_patient_and_its_marks(end: bytes) -> None:
    octets = an_hl7_message(PATIENT, MASQUE_PS="N", INVISIBLE_PATIENT="Y").replace(b"\r", end)
    (document,) = examined(octets).documents
    assert document.patients == (PATIENT,)
    assert set(document.marks) >= {Mark("MASQUE_PS", "N"), Mark("INVISIBLE_PATIENT", "Y")}


@given(st.binary(max_size=300), st.sampled_from([b"", b"MSH|^~\\&", b"<ClinicalDocument", b"<?xml"]))
def test_nothing_raises_whatever_stands_there(octets: bytes, beginning: bytes) -> None:
    read_cda(beginning + octets, "")
    read_xdm(beginning + octets, "")
    read_hl7v2(beginning + octets, "")


@given(st.integers(0, 1500))
def test_a_cda_cut_anywhere_is_whole_or_not_readable_or_none(length: int) -> None:
    document = read_cda(a_cda(PATIENT)[:length], "")
    assert document is None or not document.is_readable or document.patients == (PATIENT,)
