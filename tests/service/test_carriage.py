"""What a message may be, by where it goes and who sends it: said as early as it is known. domain.md §3."""

from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR, a_policy
from tests.support.letters import a_letter
from tests.support.world import a_world

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.policy.limits import Carriage, Destination, Limits
from vaguemestre.service.sign_in.outcome import SignedIn

SMALL = Limits(
    carriage={
        (Destination.CITIZEN, BalKind.PER): Carriage(100_000, 50_000, 2),
        (Destination.PROFESSIONAL, BalKind.PER): Carriage(200_000, 150_000, 3),
    }
)


async def test_a_size_that_no_destination_takes_is_refused_at_mail(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(limits=SMALL)) as world:
        doctor = await world.bal(DOCTOR)
        accepts = world.submissions.accepts_sender
        assert (await accepts(SignedIn(doctor), doctor.address, 200_000)).is_positive
        refused = await accepts(SignedIn(doctor), doctor.address, 200_001)
        assert str(refused) == "552 5.3.4 [MSS-LIM-1] The message is too large: 0.3 MB, limit 0.2 MB"


async def test_a_size_that_one_destination_does_not_take_is_refused_at_its_rcpt(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(limits=SMALL)) as world:
        doctor = await world.bal(DOCTOR)
        await world.bal(OTHER_DOCTOR)
        await world.bal(CITIZEN, BalKind.CITIZEN)
        envelope = Envelope(doctor.address, (), 150_000)
        for _ in range(2):  # the second time, what was found before is remembered
            accepts = world.submissions.accepts_recipient
            assert (await accepts(SignedIn(doctor), envelope, parse_address(OTHER_DOCTOR))).is_positive
            refused = await accepts(SignedIn(doctor), envelope, parse_address(CITIZEN))
            assert (refused.code, refused.status) == (552, "5.2.3")
            assert "limit 0.1 MB" in str(refused)


async def test_octets_past_what_the_recipients_take_are_not_kept(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(limits=SMALL)) as world:
        doctor = await world.bal(DOCTOR)
        await world.bal(CITIZEN, BalKind.CITIZEN)
        reply = await world.send(doctor, a_letter(doctor, CITIZEN, text="x" * 70 + "\n" * 101_000), CITIZEN)
        said = "552 5.2.3 [MSS-LIM-4] The message is too large for this recipient: 0.3 MB, limit 0.1 MB"
        assert str(reply) == said


async def test_attachments_are_bounded_by_sum_and_number_for_each_destination(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(limits=SMALL)) as world:
        doctor = await world.bal(DOCTOR)
        await world.bal(OTHER_DOCTOR)
        await world.bal(CITIZEN, BalKind.CITIZEN)
        pages = [(f"{number}.pdf", b"%PDF-1.7\n" + bytes(20_000)) for number in range(3)]
        three = a_letter(doctor, CITIZEN, attachments=tuple(pages))
        assert "[MSS-ATT-1]" in str(await world.send(doctor, three, CITIZEN))
        small = [(name, octets[:1_000]) for name, octets in pages]
        many = a_letter(doctor, CITIZEN, attachments=tuple(small))
        assert "[MSS-ATT-2] Too many attachments: 3, limit 2" in str(await world.send(doctor, many, CITIZEN))
        colleague = a_letter(doctor, OTHER_DOCTOR, attachments=tuple(pages), message_id="<2@x.example>")
        assert (await world.send(doctor, colleague, OTHER_DOCTOR)).is_positive
