"""A pharmacy at another operator, which the directory alone tells from others. domain.md §2, §7."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.extraction import a_doctor, a_file, a_service
from tests.support.letters import a_letter
from tests.support.trusted import PATIENTS
from tests.support.two_worlds import Operator, carry, two_operators

from vaguemestre.directory.importing import Terms, import_from
from vaguemestre.directory.source import source_at
from vaguemestre.directory.sqlite_file import SqlitePlace
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.arriving.dispensations import Dispensations
from vaguemestre.service.ports.clock import Clock

PATIENT = f"277076322082910@{PATIENTS}"
PHARMACY = "pharmacie.du.port@cabinet.mssante.fr"
WARD = "cardiologie@cabinet.mssante.fr"
OWNER = "paul.durand@cabinet.mssante.fr"
PHOTOGRAPH = (("ordonnance.pdf", b"%PDF-1.4 ordonnance"),)

Pair = tuple[Operator, Operator]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[SqliteDirectory]:
    """The pharmacy, a hospital's ward, and the pharmacist's own mailbox, listed at his pharmacy."""
    lines = [
        a_service(PHARMACY, structure="690000013"),
        a_service(WARD, structure="290000017"),
        a_doctor(OWNER, structure="690000013"),
    ]
    file = tmp_path / "directory.db"
    sectors = {"690000013": "SA33", "290000017": "SA01"}
    source = source_at(a_file(tmp_path, lines))
    import_from(source, SqlitePlace(file), Terms(), lambda _read, _size: None, sectors)
    opened = SqliteDirectory(file)
    yield opened
    opened.close()


@pytest.fixture
async def operators(tmp_path: Path, directory: SqliteDirectory) -> AsyncIterator[Pair]:
    async with two_operators(tmp_path, directory) as both:
        yield both


async def _people(operators: Pair) -> tuple[Bal, Bal]:
    """The pharmacy at the office's, the patient at the clinic's."""
    office, clinic = operators
    request = AccountRequest(parse_address(PHARMACY), BalKind.ORG, finess="690000013", sector="SA33")
    pharmacy = await office.world.accounts.add(request, "test")
    return pharmacy, await clinic.world.bal(PATIENT, BalKind.CITIZEN)


async def _prescribe(operators: Pair, patient: Bal, to: str = PHARMACY, *, attached: bool = True) -> str:
    attachments = PHOTOGRAPH if attached else ()
    letter = a_letter(patient, to, subject="Ordonnance", message_id="<p1@p>", attachments=attachments)
    return str(await operators[1].world.send(patient, letter, to))


async def test_a_prescription_reaches_it_and_both_go_on_in_the_conversation(operators: Pair) -> None:
    office, clinic = operators
    pharmacy, patient = await _people(operators)
    assert (await _prescribe(operators, patient)).startswith("250")
    assert (await carry(clinic, office))[0].startswith("250")
    assert len(await office.world.inbox(pharmacy)) == 1
    answer = a_letter(pharmacy, PATIENT, subject="C'est pret", message_id="<a@o>", answers="<p1@p>")
    assert (await office.world.send(pharmacy, answer, PATIENT)).is_positive
    assert (await carry(office, clinic))[0].startswith("250")
    thanks = a_letter(patient, PHARMACY, message_id="<t@p>", answers="<a@o>")
    assert (await clinic.world.send(patient, thanks, PHARMACY)).is_positive
    assert (await carry(clinic, office))[0].startswith("250")
    for operator, holder in zip(operators, (pharmacy, patient), strict=True):
        ((pair, citizen),) = await operator.world.oversight.pairs(holder.address, open_only=True)
        assert (str(pair.professional), str(citizen)) == (PHARMACY, PATIENT)


async def test_without_attachment_he_is_told_to_attach_it(operators: Pair) -> None:
    _, patient = await _people(operators)
    assert "[MSS-PHA-2]" in await _prescribe(operators, patient, attached=False)


@pytest.mark.parametrize("other", [WARD, OWNER, "inconnue@cabinet.mssante.fr"])
async def test_a_ward_a_person_and_whoever_is_not_listed_are_no_pharmacy(operators: Pair, other: str) -> None:
    _, patient = await _people(operators)
    assert "[MSS-CONV-0]" in await _prescribe(operators, patient, other)


async def test_outside_the_trust_space_a_listed_pharmacy_is_not_written_to(operators: Pair) -> None:
    _, patient = await _people(operators)
    trust = operators[1].trust
    trust.domains = {subject: names for subject, names in trust.domains.items() if PATIENTS in names}
    assert "This domain is not in the MSSante trust space" in await _prescribe(operators, patient)


@asynccontextmanager
async def _asking(folder: Path, directory: SqliteDirectory, *answers: str) -> AsyncIterator[Pair]:
    """Two operators, of whom the clinic asks somebody who gives these answers, one after another."""
    left = list(answers)

    async def answered(_url: str, content: bytes, _authorization: str | None) -> bytes:
        assert json.loads(content)["pharmacy"] == PHARMACY
        assert json.loads(content)["finess"] == "690000013"
        return left.pop(0).encode()

    def asked(clock: Clock) -> Dispensations:
        return Dispensations("https://registry.example/", None, answered, clock)

    async with two_operators(folder, directory, asked) as both:
        yield both


async def test_where_dispensation_is_asked_for_it_is_of_a_pharmacy_elsewhere_too(
    tmp_path: Path, directory: SqliteDirectory
) -> None:
    said = ('{"dispensed": false}', "nonsense", '{"dispensed": true}')
    async with _asking(tmp_path, directory, *said) as operators:
        _, patient = await _people(operators)
        assert "[MSS-PHA-3]" in await _prescribe(operators, patient)
        assert (await _prescribe(operators, patient)).startswith("451 4.4.3 [MSS-PHA-4]")
        assert (await _prescribe(operators, patient)).startswith("250")
