"""What leaves by itself for a citizen elsewhere, to a server whose lines a transcript says."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

from tests.support.builders import DOCTOR, a_policy
from tests.support.letters import a_letter
from tests.support.operator_tls import Hands, health_pki, operator_tls
from tests.support.other_operator import a_dialling, a_trust, our_tls
from tests.support.trusted import PATIENTS, ATrustSpace, a_peer
from tests.support.world import World, a_world

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.mailbox import CONVERSATION_CLOSED, INBOX, FlagSet
from vaguemestre.policy.open_hours import read_hours
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.outbound.sending import Sending, SendingTerms

Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter, ssl.SSLContext], Awaitable[None]]

PATIENT: Final = f"277076322082910@{PATIENTS}"


async def a_message_leaves(folder: Path, what: str, talk: Talk) -> None:
    """What the gateway writes by itself, of those below: ``talk`` is his operator's server."""
    policy = replace(a_policy(), citizen_domains_elsewhere=frozenset({PATIENTS}))
    theirs = operator_tls(health_pki(), folder / "theirs", Hands(), "citizen-operator")
    await theirs.lists.run_once(1)
    talked = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer, theirs.server)
        except Exception as error:
            if not talked.done():  # who was hung up on may come again
                talked.set_exception(error)
        else:
            talked.set_result(None)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        async with a_world(folder, policy, trust=ATrustSpace()) as world:
            await _BROUGHT_ABOUT[what](world)
            port = server.sockets[0].getsockname()[1]
            trust = a_trust(patients_example_fr="citizen-operator")
            carrier = a_dialling(await our_tls(folder), trust, patients_example_fr=port)
            await Sending(world.store, world.vault, world.clock, carrier, SendingTerms(), "us").run_once(10)
            await talked
            assert not await world.store.read(lambda tx: tx.outbound.listed())
    finally:
        server.close()
        with suppress(Exception):
            await talked


async def _an_answer(world: World) -> None:
    """She reads no mail on Sundays, it is Sunday, he has answered her."""
    doctor = await world.bal(DOCTOR)
    await world.solicitations.set_hours(doctor.address, read_hours("lun-ven 9h-18h"), "test")
    await _he_answers(world, doctor)
    assert await world.mail_answers.run_once(10) == 1


async def _a_closing(world: World) -> None:
    """He has answered her, and she closes with the keyword."""
    doctor = await world.bal(DOCTOR)
    await _he_answers(world, doctor)
    opened, leave = await world.mailboxes.open(doctor.id, INBOX, lambda _: None)
    change = FlagChange(FlagMode.ADD, FlagSet(0), (CONVERSATION_CLOSED,))
    await opened.store_flags(doctor, opened.uids, change)
    leave()
    assert await world.closings_elsewhere.run_once(10) == 1


async def _he_answers(world: World, doctor: Bal) -> None:
    letter = a_letter(doctor, PATIENT, message_id="<1@cabinet>")
    assert (await world.send(doctor, letter, PATIENT)).is_positive
    now = world.clock.now()
    sent = await world.store.write(
        lambda tx: tx.outbound.take_ended(now + timedelta(days=1), now, 10), "the letter itself has left"
    )
    assert len(sent) == 1
    answer = a_letter(PATIENT, DOCTOR, message_id="<2@tel>", answers="<1@cabinet>", subject="Re: lettre")
    assert (await world.relay(a_peer(), parse_address(PATIENT), answer, DOCTOR)).is_positive


_BROUGHT_ABOUT: Final = {"answer": _an_answer, "closing": _a_closing}
