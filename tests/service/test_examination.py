"""Attachments are opened where they lie: in the spool, sealed, however they travel. domain.md §3."""

import base64
import quopri
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.archives import PROGRAM, a_compound_file, a_document, a_zip
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.health_documents import NAMESAKE, PATIENT, a_cda, an_hl7_message, an_xdm, metadata
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.examined import Flaw
from vaguemestre.mime.examination import Bounds
from vaguemestre.mime.reader import MessageReader
from vaguemestre.service.arriving.examination import Examination

LARGE = bytes(range(256)) * 1_000  # 256 KB, which no compression makes small


class Held:
    """A spool that holds what it is given, in pieces of a size that tests choose."""

    def __init__(self, octets: bytes, piece: int) -> None:
        self._octets = octets
        self._piece = piece

    @property
    def size(self) -> int:
        return len(self._octets)

    def feed(self, octets: bytes) -> None:
        self._octets += octets

    def octets(self) -> bytes:
        return self._octets

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, self._piece):
            yield self._octets[at : min(at + self._piece, end)]

    def discard(self) -> None:
        self._octets = b""


@pytest.mark.parametrize(
    ("name", "octets", "rule"),
    [
        ("dossier.zip", a_zip({"a.txt": b"Bonjour"}), None),
        ("dossier.zip", a_zip({"a.exe": PROGRAM}), "holds a program"),
        ("dossier.zip", a_zip({"a.exe": PROGRAM, "b.bmp": LARGE}), "holds a program"),
        ("lettre.doc", a_compound_file("_VBA_PROJECT"), "holds macros"),
        ("lettre.docx", a_document(), None),
        ("photo.pdf", b"%PDF-1.7\n" + a_zip({"a.exe": PROGRAM}), "is damaged or hides an archive"),
        ("photo.pdf", b"%PDF-1.7\n" + LARGE + a_zip({"a.exe": PROGRAM}), "is damaged or hides an archive"),
        ("photo.pdf", b"%PDF-1.7\n" + LARGE, None),
    ],
)
async def test_attachments_are_opened_before_the_message_is_filed(
    world: World, name: str, octets: bytes, rule: str | None
) -> None:
    doctor = await world.bal(DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    reply = await world.send(doctor, a_letter(doctor, CITIZEN, attachments=((name, octets),)), CITIZEN)
    assert reply.is_positive is (rule is None)
    assert rule is None or rule in str(reply)
    assert len(await world.inbox(citizen)) == (rule is None)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "binary"])
@pytest.mark.parametrize("before", [b"", LARGE])
async def test_it_is_found_however_it_travels(encoding: str, before: bytes) -> None:
    octets = b"%PDF-1.7\n" + before + a_zip({"a.exe": PROGRAM})
    travels: dict[str, Callable[[bytes], bytes]] = {
        "base64": base64.encodebytes,
        "quoted-printable": quopri.encodestring,
        "binary": bytes,
    }
    header = (
        "From: a@b.example\r\nContent-Type: application/pdf; name=x.pdf\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    message = header.encode() + travels[encoding](octets)
    reader = MessageReader()
    reader.feed(message)
    facts = await Examination(Bounds()).of(Held(message, 5_000), reader.finish())
    assert [finding.flaw for finding in facts.attachments[0].findings] == [Flaw.BROKEN]


@given(st.integers(0, 3), st.integers(1, 200))
@settings(max_examples=20)
async def test_lines_of_base64_may_be_cut_anywhere(skip: int, width: int) -> None:
    octets = b"%PDF-1.7\n" + b"x" * skip + LARGE + a_zip({"a.exe": PROGRAM})
    letters = base64.b64encode(octets)
    lines = b"\r\n".join(letters[at : at + width] for at in range(0, len(letters), width))
    message = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + lines
    reader = MessageReader()
    reader.feed(message)
    facts = await Examination(Bounds()).of(Held(message, 64 * 1024), reader.finish())
    assert [finding.flaw for finding in facts.attachments[0].findings] == [Flaw.BROKEN]


@pytest.mark.parametrize(
    ("name", "octets", "rule"),
    [
        ("lettre.xml", a_cda(PATIENT), None),
        ("lettre.xml", a_cda(NAMESAKE), "MSS-IDV-1"),
        ("IHE_XDM.zip", an_xdm(metadata((PATIENT, ["N"])), a_cda(PATIENT)), None),
        ("IHE_XDM.zip", an_xdm(metadata((NAMESAKE, ["N"]))), "MSS-IDV-1"),
        ("IHE_XDM.zip", an_xdm(metadata((PATIENT, ["N"])), a_cda(NAMESAKE)), "MSS-IDV-2"),
        ("IHE_XDM.zip", an_xdm(metadata((PATIENT, ["N", "INVISIBLE_PATIENT"]))), "MSS-VIS-1"),
        ("message.hl7", an_hl7_message(PATIENT, INVISIBLE_PATIENT="Y"), "MSS-VIS-1"),
    ],
)
async def test_a_citizen_receives_his_own_documents_alone(
    world: World, name: str, octets: bytes, rule: str | None
) -> None:
    doctor = await world.bal(DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(doctor, CITIZEN, subject="XDM/1.0/DDM+Bio NOM prenom", attachments=((name, octets),))
    reply = await world.send(doctor, letter, CITIZEN)
    assert reply.is_positive is (rule is None)
    assert rule is None or rule in reply.in_french()
    assert len(await world.inbox(citizen)) == (rule is None)


async def test_a_colleague_in_copy_receives_what_the_wrong_patient_does_not(world: World) -> None:
    doctor, colleague = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(doctor, CITIZEN, cc=OTHER_DOCTOR, attachments=(("lettre.xml", a_cda(NAMESAKE)),))
    reply = await world.send(doctor, letter, CITIZEN, OTHER_DOCTOR)
    assert reply.is_positive
    assert "MSS-IDV-1" in reply.in_french() + str(reply)
    assert await world.inbox(citizen) == []
    assert len(await world.inbox(colleague)) == 1
