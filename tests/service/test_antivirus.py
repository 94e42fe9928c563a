"""Where there is a scanner nothing goes by it, and what it finds goes nowhere. ATT-13, ATT-14."""

from pathlib import Path

import pytest
from tests.support.archives import a_zip
from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.clamd import EICAR, NAME, a_clamd, a_scanner_that_says
from tests.support.held import held, people, states
from tests.support.letters import a_letter
from tests.support.world import a_world

from vaguemestre.antivirus.clamd import Clamd
from vaguemestre.mail.fate import FateState
from vaguemestre.mime.examination import Bounds
from vaguemestre.service.arriving.examination import Examination


async def test_a_real_scanner_refuses_what_it_finds(tmp_path: Path) -> None:
    async with a_clamd(tmp_path) as listening:
        examination = Examination(Bounds(), Clamd(listening, 2, 30))
        async with a_world(tmp_path, examination=examination) as world:
            doctor, colleague = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
            letter = a_letter(doctor, OTHER_DOCTOR, attachments=(("x.zip", a_zip({"x": EICAR})),))
            refused = await world.send(doctor, letter, OTHER_DOCTOR)
            assert (
                str(refused) == f'550 5.7.1 [MSS-ATT-13] The virus scanner has found "{NAME}" in this message'
            )
            large = (("page.pdf", b"%PDF-1.7\n" + bytes(300_000)),)
            clean = a_letter(doctor, OTHER_DOCTOR, attachments=large)
            assert (await world.send(doctor, clean, OTHER_DOCTOR)).is_positive
            (row,) = await world.inbox(colleague)
            assert (await world.octets(row)).endswith(clean)


@pytest.mark.parametrize("answer", [b"", b"INSTREAM size limit exceeded. ERROR\0"])
async def test_nothing_is_taken_while_the_scanner_gives_no_answer(tmp_path: Path, answer: bytes) -> None:
    async with a_scanner_that_says(answer) as place:
        examination = Examination(Bounds(), Clamd(place, 2, 30))
        async with a_world(tmp_path, examination=examination) as world:
            doctor, colleague = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
            reply = await world.send(doctor, a_letter(doctor, OTHER_DOCTOR), OTHER_DOCTOR)
            assert (reply.code, reply.status) == (451, "4.7.1")
            assert "MSS-ATT-14" in reply.in_french()
            assert await world.inbox(colleague) == []


async def test_what_waits_for_its_hour_waits_on_while_the_scanner_is_down(tmp_path: Path) -> None:
    listening = tmp_path / "clamd.ctl"
    examination = Examination(Bounds(), Clamd(listening, 2, 30))
    async with a_world(tmp_path, examination=examination) as world:
        doctor, colleague, _ = await people(world)
        async with a_scanner_that_says(b"stream: OK\0", at=listening):
            assert (await held(world, doctor, OTHER_DOCTOR)).is_positive
        world.clock.pass_(days=2)
        await world.releases.run_once(10)
        assert await world.inbox(colleague) == []
        assert await states(world) == {FateState.HELD}
        world.clock.pass_(hours=1)
        async with a_scanner_that_says(b"stream: OK\0", at=listening):
            await world.releases.run_once(10)
        assert len(await world.inbox(colleague)) == 1
        assert await states(world) == {FateState.DELIVERED}
