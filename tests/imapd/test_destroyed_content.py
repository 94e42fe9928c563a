"""What a client reads whose message lost its key while it had the mailbox open. domain.md §3."""

from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.imap_door import OpenDoor
from tests.support.letters import a_letter

from vaguemestre.mail.address import parse_address


async def test_content_whose_key_was_destroyed_is_said_to_have_expired_for_good(opened: OpenDoor) -> None:
    world = opened.world
    doctor = await world.store.read(lambda tx: tx.bals.by_address(parse_address(DOCTOR)))
    assert doctor is not None
    other = await world.bal(OTHER_DOCTOR)
    assert (await world.send(other, a_letter(other, DOCTOR), DOCTOR)).is_positive
    async with opened.client() as client:
        await client.sign_in()
        await client.ask("SELECT INBOX")
        (row,) = await world.inbox(doctor)
        body = await world.store.read(lambda tx: tx.messages.body(row.body))
        assert body is not None
        await world.vault.destroy_keys(doctor.id, [body.day])
        said = await client.ask("FETCH 1 BODY[]")
        assert said[-1].split(b" ", 1)[1] == (
            b"NO [EXPUNGEISSUED] Some of these messages are gone for good: they have expired, "
            b"or somebody removed them\r\n"
        )
