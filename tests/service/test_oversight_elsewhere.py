"""The operator finds conversations by the address of either side, wherever it is. domain.md §2, §6."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.letters import a_letter
from tests.support.trusted import CLINIC, PATIENTS
from tests.support.two_worlds import carry, two_operators

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.conversations.oversight import Oversight, Wanted

ANNE = f"Anne@{CLINIC}"
PATIENT = f"277076322082910@{PATIENTS}"
NOBODY = f"luc@{CLINIC}"
STRANGER = f"255069999999934@{PATIENTS}"


@pytest.fixture
async def oversight(tmp_path: Path) -> AsyncIterator[Oversight]:
    """Anne, elsewhere, wrote to a citizen here; a doctor here to a citizen elsewhere."""
    async with two_operators(tmp_path) as (office, clinic):
        anne, doctor = await clinic.world.bal(ANNE), await office.world.bal(DOCTOR)
        await office.world.bal(CITIZEN, BalKind.CITIZEN)
        await clinic.world.bal(PATIENT, BalKind.CITIZEN)
        assert (await clinic.world.send(anne, a_letter(anne, CITIZEN), CITIZEN)).is_positive
        assert (await carry(clinic, office))[0].startswith("250")
        assert (await office.world.send(doctor, a_letter(doctor, PATIENT), PATIENT)).is_positive
        yield office.world.oversight


def _at(address: str) -> Address:
    return parse_address(address)


async def _named(oversight: Oversight, *addresses: str) -> list[tuple[str, str]]:
    account, other = (*map(_at, addresses), None)[:2]
    found = await oversight.find(Wanted(account, other))
    return [(str(pair.professional), str(citizen)) for pair, citizen in found]


async def test_either_side_elsewhere_is_found_by_its_address(oversight: Oversight) -> None:
    of_anne, of_the_patient = [(ANNE, CITIZEN)], [(DOCTOR, PATIENT)]
    assert await _named(oversight, ANNE) == of_anne
    assert await _named(oversight, ANNE.upper()) == of_anne
    assert await _named(oversight, ANNE, CITIZEN) == of_anne
    assert await _named(oversight, CITIZEN, ANNE) == of_anne
    assert await _named(oversight, PATIENT) == of_the_patient
    assert await _named(oversight, PATIENT, DOCTOR) == of_the_patient
    assert await _named(oversight, ANNE, PATIENT) == []
    assert await _named(oversight, CITIZEN, NOBODY) == []
    assert await _named(oversight, CITIZEN, STRANGER) == []
    assert await _named(oversight, ANNE, DOCTOR) == []  # and not all that the second has


@pytest.mark.parametrize("unknown", [NOBODY, STRANGER])
async def test_whom_no_conversation_names_is_unknown(oversight: Oversight, unknown: str) -> None:
    with pytest.raises(AccountUnknown, match="no conversation names it"):
        await _named(oversight, unknown)


async def test_a_side_elsewhere_is_closed_and_opened(oversight: Oversight) -> None:
    ((pair, _),) = await oversight.find(Wanted(_at(ANNE)))
    assert len(await oversight.close(pair.conversation, "test", _at(ANNE))) == 1
    assert await oversight.find(Wanted(_at(ANNE), is_open=True)) == []
    assert len(await oversight.open(pair.conversation, "test", _at(ANNE))) == 1
