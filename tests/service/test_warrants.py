"""Who may read the contents of a bal: with a reason, with a second person, for a while, never in secret."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.letters import a_letter
from tests.support.warranted import an_operator, reading_in
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.mailbox import ACCESS_HISTORY, INBOX, MailboxId, Uid
from vaguemestre.service.access.reading import NotThere, WarrantEnded, Way
from vaguemestre.service.access.warrants import WarrantRefused, WarrantTerms, WarrantUnknown
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.warrant import WarrantId, WarrantState


async def written_to(world: World) -> tuple[Bal, MailboxId]:
    """A citizen with a letter in his INBOX."""
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    return citizen, await inbox_of(world, citizen)


async def inbox_of(world: World, bal: Bal) -> MailboxId:
    def unit(tx: Transaction) -> MailboxId:
        found = tx.mailboxes.by_name(bal.id, INBOX)
        assert found is not None
        return found.id

    return await world.store.read(unit)


async def told(world: World, bal: Bal, mailbox: str) -> list[str]:
    """Subject and text of what lies in a mailbox."""
    messages = [
        message_from_bytes(await world.octets(row), EmailMessage, policy=policy.default)
        for row in await world.rows(bal, mailbox)
    ]
    return [f"{message['Subject']}\n{message.get_content()}" for message in messages]


async def events(world: World, bal: Bal) -> list[str]:
    """What the journal says of a bal, the latest first."""
    entries = await world.store.read(lambda tx: tx.journal.entries(bal.id))
    return [entry.event for entry in entries]


async def test_a_reason_opens_a_mailbox_for_a_while_and_each_look_is_told(world: World) -> None:
    citizen, inbox = await written_to(world)
    anna = await an_operator(world, "anna")
    warrants, reading = reading_in(world)
    for nothing in ("", " \n ", "x" * 501, "a\x07b"):
        with pytest.raises(WarrantRefused):
            await warrants.ask(citizen.id, anna, nothing)
    warrant = await warrants.ask(citizen.id, anna, " ticket\n 12 ")
    assert await warrants.ask(citizen.id, anna, "again") == warrant
    assert (await warrants.named(warrant)).state is WarrantState.GRANTED
    folders = await reading.folders(warrant, anna)
    assert folders.mailboxes[0][0].id == inbox
    page = await reading.page(warrant, anna, inbox)
    assert [line.subject for line in page.lines][1:] == ["Compte rendu"]  # the notice came after it
    assert "claire.martin" in page.lines[1].sender
    octets = await reading.message(warrant, anna, inbox, page.lines[1].uid)
    assert b"Compte rendu" in octets
    for way in (Way.SOURCE, Way.PREVIEW, Way.DOWNLOAD):
        await reading.message(warrant, anna, inbox, page.lines[1].uid, way, 0)
    history = await told(world, citizen, ACCESS_HISTORY)
    assert len(history) == 6  # the warrant, the list, and four looks at the message
    assert all("anna" in one and "ticket 12" in one for one in history)
    assert not any("Compte rendu" in one for one in history)
    for word, one in zip(
        ("peut lire", "liste", "lu le", "message entier", "vu une", "pièce"), history, strict=True
    ):
        assert word in one
    assert len([one for one in await told(world, citizen, INBOX) if "anna" in one]) == 1
    entries = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "inspected"))
    assert [one.detail["scope"] for one in entries] == ["download", "preview", "source", "content", "list"]
    assert all(one.detail["warrant"] == str(warrant) for one in entries)
    assert (entries[0].actor, entries[0].detail["uid"], entries[0].detail["part"]) == (
        "operator:anna",
        "1",
        "0",
    )


async def test_it_ends_by_the_clock_and_when_it_is_revoked(world: World) -> None:
    citizen, inbox = await written_to(world)
    anna, bert = await an_operator(world, "anna"), await an_operator(world, "bert")
    warrants, reading = reading_in(world)
    warrant = await warrants.ask(citizen.id, anna, "ticket 12")
    with pytest.raises(WarrantEnded):
        await reading.folders(warrant, bert)
    with pytest.raises(WarrantEnded):
        await reading.message(warrant, bert, inbox, Uid(1))
    world.clock.pass_(minutes=29, seconds=59)
    await reading.message(warrant, anna, inbox, Uid(1))
    world.clock.pass_(seconds=1)
    seen = await told(world, citizen, ACCESS_HISTORY)
    for look in (
        reading.folders(warrant, anna),
        reading.page(warrant, anna, inbox),
        reading.message(warrant, anna, inbox, Uid(1)),
    ):
        with pytest.raises(WarrantEnded):
            await look
    assert (await warrants.named(warrant)).state is WarrantState.EXPIRED
    with pytest.raises(WarrantRefused):
        await warrants.revoke(warrant, bert)
    assert await told(world, citizen, ACCESS_HISTORY) == seen
    another = await warrants.ask(citizen.id, anna, "ticket 13")
    assert another != warrant
    await warrants.revoke(another, bert)
    with pytest.raises(WarrantEnded):
        await reading.message(another, anna, inbox, Uid(1))
    assert "bert" in (await told(world, citizen, ACCESS_HISTORY))[-1]
    assert (await events(world, citizen))[0] == "reading_revoked"


async def test_a_second_operator_decides_and_nobody_of_his_own(world: World) -> None:
    citizen, inbox = await written_to(world)
    anna, bert = await an_operator(world, "anna"), await an_operator(world, "bert")
    warrants, reading = reading_in(world, WarrantTerms(needs_second=True))
    asked = await warrants.ask(citizen.id, anna, "ticket 12")
    assert [await warrants.waiting_for(one) for one in (anna, bert)] == [0, 1]
    assert await told(world, citizen, ACCESS_HISTORY) == []
    with pytest.raises(WarrantEnded):
        await reading.folders(asked, anna)
    for decide in (warrants.grant, warrants.refuse):
        with pytest.raises(WarrantRefused) as refused:
            await decide(asked, anna)
        assert "another operator" in refused.value.sentence.en
    await warrants.refuse(asked, bert)
    with pytest.raises(WarrantRefused):
        await warrants.grant(asked, bert)
    with pytest.raises(WarrantEnded):
        await reading.folders(asked, anna)
    assert await told(world, citizen, ACCESS_HISTORY) == []
    again = await warrants.ask(citizen.id, anna, "ticket 12, avec l'accord du DPO")
    world.clock.pass_(hours=23)
    await warrants.grant(again, bert)
    named = await warrants.named(again)
    assert (named.asker, named.decider) == ("anna", "bert")
    assert b"Compte rendu" in await reading.message(again, anna, inbox, Uid(1))
    (first, _) = await told(world, citizen, ACCESS_HISTORY)
    assert "anna" in first
    assert "bert" in first
    lapses = await warrants.ask(citizen.id, bert, "ticket 14")
    world.clock.pass_(days=1)
    with pytest.raises(WarrantRefused):
        await warrants.grant(lapses, anna)
    assert [one.state for one in await warrants.latest()] == [
        WarrantState.EXPIRED,
        WarrantState.EXPIRED,
        WarrantState.REFUSED,
    ]
    assert [one for one in reversed(await events(world, citizen)) if one.startswith("reading")] == [
        "reading_asked",
        "reading_refused",
        "reading_asked",
        "reading_granted",
        "reading_asked",
    ]


async def test_nobody_waits_for_a_second_operator_who_is_not_there(world: World) -> None:
    citizen, _ = await written_to(world)
    anna, bert = await an_operator(world, "anna"), await an_operator(world, "bert")

    def bert_leaves(tx: Transaction) -> None:
        tx.administrators.set_enabled(bert.id, False)

    await world.store.write(bert_leaves, "test")
    warrants, _ = reading_in(world, WarrantTerms(needs_second=True))
    with pytest.raises(WarrantRefused) as refused:
        await warrants.ask(citizen.id, anna, "ticket 12")
    assert "none but you" in refused.value.sentence.en
    assert await warrants.latest() == []


async def test_a_warrant_opens_one_mailbox_and_no_other(world: World) -> None:
    citizen, inbox = await written_to(world)
    doctor = await world.store.read(lambda tx: tx.bals.by_id(BalId(citizen.id - 1)))
    assert doctor is not None
    anna = await an_operator(world, "anna")
    warrants, reading = reading_in(world)
    warrant = await warrants.ask(doctor.id, anna, "ticket 12")
    before = await events(world, citizen)
    for look in (
        reading.page(warrant, anna, inbox),
        reading.message(warrant, anna, inbox, Uid(1)),
        reading.message(warrant, anna, await inbox_of(world, doctor), Uid(99)),
        reading.page(warrant, anna, MailboxId(999)),
    ):
        with pytest.raises(NotThere):
            await look
    assert await events(world, citizen) == before
    for nowhere in (warrants.named(WarrantId(99)), warrants.ask(BalId(999), anna, "x")):
        with pytest.raises(WarrantUnknown):
            await nowhere
    with pytest.raises(WarrantEnded):
        await reading.folders(WarrantId(99), anna)


async def test_pages_lead_to_older_messages_and_what_lost_its_key_is_listed_without_words(
    world: World,
) -> None:
    citizen, inbox = await written_to(world)
    doctor = await world.store.read(lambda tx: tx.bals.by_address(citizen.address))
    assert doctor is not None
    anna = await an_operator(world, "anna")
    sender = await world.bal("paul.durand@cabinet.mssante.fr")
    for number in range(2, 53):
        letter = a_letter(sender, CITIZEN, message_id=f"<{number}@x>", subject=f"Numéro {number}")
        await world.send(sender, letter, CITIZEN)
    warrants, reading = reading_in(world)
    warrant = await warrants.ask(citizen.id, anna, "ticket 12")
    page = await reading.page(warrant, anna, inbox)
    assert (len(page.lines), page.more) == (50, True)
    assert page.lines[1].subject == "Numéro 52"
    older = await reading.page(warrant, anna, inbox, page.lines[-1].uid)
    assert ([line.subject for line in older.lines], older.more) == (
        ["Numéro 3", "Numéro 2", "Compte rendu"],
        False,
    )
    await world.vault.destroy_keys(citizen.id, list(await world.vault.days(citizen.id)))
    page = await reading.page(warrant, anna, inbox)
    assert {line.subject for line in page.lines} == {""}
    with pytest.raises(NotThere):
        await reading.message(warrant, anna, inbox, Uid(1))
