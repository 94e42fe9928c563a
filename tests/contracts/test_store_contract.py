"""What every database must do for the services: one suite, run by SQLite and PostgreSQL."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.change import Change
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.mail.credential import ScramKeys
from vaguemestre.mail.mailbox import (
    DELETED,
    FIRST_KEYWORD_BIT,
    FLAGGED,
    INBOX,
    MAX_KEYWORDS,
    SEEN,
    BodyId,
    FlagSet,
    Mailbox,
    MailboxCounts,
    MailboxId,
    ModSeq,
    SpecialUse,
    Uid,
)
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.sign_in import Failures, NewSecret
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, SealedBody

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
NO_FLAGS = FlagSet(0)
LATER = NOW + timedelta(days=1)
DOCTOR = Address("claire.martin", "cabinet.mssante.fr")
NURSE = Address("paul.durand", "hopital.mssante.fr")
CITIZEN = Address("191070000002243", "patient.mssante.fr")


def a_citizen(tx: Transaction, address: Address = CITIZEN) -> Bal:
    return tx.bals.add(NewBal(address, BalKind.CITIZEN, BalState.ACTIVE), NOW)


def a_doctor(tx: Transaction) -> Bal:
    return tx.bals.add(NewBal(DOCTOR, BalKind.PER, BalState.ACTIVE, "Claire Martin", "10000000011"), NOW)


def an_inbox(tx: Transaction, address: Address = CITIZEN) -> Mailbox:
    return tx.mailboxes.create(a_citizen(tx, address).id, INBOX, None, NOW)


def a_body(bal: BalId, day: int = 20000, location: str | None = None) -> SealedBody:
    octets = None if location else os.urandom(300)
    wrapped = os.urandom(40) if location else None
    return SealedBody(
        BodyId(os.urandom(16)), bal, KeyDay(day), 250, octets, location, wrapped, os.urandom(100)
    )


def a_message(body: SealedBody, flags: FlagSet = NO_FLAGS, size: int = 250) -> NewMessage:
    return NewMessage(body.id, flags, size, 1_700_000_000, None, NOW)


def filed(tx: Transaction, mailbox: Mailbox, count: int, flags: FlagSet = NO_FLAGS) -> list[BodyId]:
    bodies = [a_body(mailbox.bal) for _ in range(count)]
    for body in bodies:
        tx.messages.add_body(body, NOW)
    tx.messages.file(mailbox.id, [a_message(body, flags) for body in bodies])
    return [body.id for body in bodies]


def uids(*numbers: int) -> list[Uid]:
    return [Uid(number) for number in numbers]


def used(tx: Transaction, bal: BalId) -> int:
    found = tx.bals.by_id(bal)
    assert found is not None
    return found.used


# Accounts


async def test_a_bal_is_found_by_number_and_by_address_whatever_its_case(store: Store) -> None:
    added = await store.write(a_doctor, "test")
    shouted = Address("CLAIRE.Martin", "Cabinet.MSSante.fr")
    assert await store.read(lambda tx: tx.bals.by_id(added.id)) == added
    assert await store.read(lambda tx: tx.bals.by_address(shouted)) == added
    assert added.created_at == NOW
    assert (added.rpps, added.finess, added.quota, added.used) == ("10000000011", None, 0, 0)


async def test_a_bal_that_is_not_there_is_none(store: Store) -> None:
    assert await store.read(lambda tx: tx.bals.by_address(DOCTOR)) is None
    assert await store.read(lambda tx: tx.bals.by_id(BalId(99))) is None


async def test_an_address_is_given_once_and_the_unit_may_go_on(store: Store) -> None:
    def unit(tx: Transaction) -> int:
        a_citizen(tx)
        with pytest.raises(ValueError, match="taken"):
            a_citizen(tx, Address(CITIZEN.local, CITIZEN.domain.upper()))
        return len(tx.bals.all())

    assert await store.write(unit, "test") == 1


async def test_all_bals_come_by_address_and_by_kind(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        for local in ("b", "Z", "a", "é"):
            a_citizen(tx, Address(local, "patient.mssante.fr"))
        a_doctor(tx)

    await store.write(unit, "test")
    everybody = await store.read(lambda tx: tx.bals.all())
    assert [bal.address.local for bal in everybody] == ["a", "b", "claire.martin", "Z", "é"]
    assert [bal.address for bal in await store.read(lambda tx: tx.bals.all(BalKind.PER))] == [DOCTOR]


# Signing in

KEYS = ScramKeys(b"salt" * 4, 4096, b"s" * 32, b"k" * 32)


async def test_an_account_has_a_password_of_its_own_and_one_a_device(store: Store) -> None:
    def unit(tx: Transaction) -> BalId:
        bal, other = a_doctor(tx), a_citizen(tx)
        tx.sign_ins.add_device(bal.id, "phone", NewSecret("one", KEYS), NOW)
        tx.sign_ins.add_device(bal.id, "desk", NewSecret("two", None), NOW)
        tx.sign_ins.set_password(bal.id, NewSecret("old", KEYS), NOW)
        tx.sign_ins.set_password(bal.id, NewSecret("own", None), NOW)
        tx.sign_ins.set_password(other.id, NewSecret("other", None), NOW)
        return bal.id

    bal = await store.write(unit, "test")
    own, phone, desk = await store.read(lambda tx: tx.sign_ins.credentials(bal))
    assert (own.device, own.secret, own.scram, own.last_used_at) == ("", "own", None, None)
    assert (phone.device, phone.secret, phone.scram, phone.created_at) == ("phone", "one", KEYS, NOW)
    assert desk.device == "desk"
    await store.write(lambda tx: tx.sign_ins.set_scram(own.id, KEYS), "test")
    await store.write(lambda tx: tx.sign_ins.used(desk.id, NOW), "test")
    assert await store.write(lambda tx: tx.sign_ins.remove_device(bal, "phone"), "test")
    own, desk = await store.read(lambda tx: tx.sign_ins.credentials(bal))
    assert (own.scram, desk.last_used_at) == (KEYS, NOW)


async def test_a_device_has_its_name_for_itself_and_the_own_password_is_none(store: Store) -> None:
    bal = await store.write(a_doctor, "test")
    await store.write(lambda tx: tx.sign_ins.set_password(bal.id, NewSecret("own", None), NOW), "test")
    await store.write(lambda tx: tx.sign_ins.add_device(bal.id, "phone", NewSecret("x", None), NOW), "test")
    with pytest.raises(ValueError, match="of that name"):
        await store.write(
            lambda tx: tx.sign_ins.add_device(bal.id, "phone", NewSecret("y", None), NOW), "test"
        )
    assert not await store.write(lambda tx: tx.sign_ins.remove_device(bal.id, "desk"), "test")
    assert not await store.write(lambda tx: tx.sign_ins.remove_device(bal.id, ""), "test")


async def test_failures_are_kept_until_they_are_forgotten(store: Store) -> None:
    one, two, gone = b"1", b"2", b"3"
    later = NOW + timedelta(hours=1)

    def unit(tx: Transaction) -> None:
        tx.sign_ins.set_failures(one, Failures(1.0, NOW))
        tx.sign_ins.set_failures(one, Failures(1.5, later))
        tx.sign_ins.set_failures(two, Failures(7.0, NOW))
        tx.sign_ins.set_failures(gone, Failures(7.0, later))
        tx.sign_ins.set_failures(gone, None)
        tx.sign_ins.forget_failures(later)

    await store.write(unit, "test")
    found = await store.read(lambda tx: tx.sign_ins.failures([one, two, gone]))
    assert found == {one: Failures(1.5, later)}


async def test_the_state_changes(store: Store) -> None:
    bal = await store.write(a_doctor, "test")
    await store.write(lambda tx: tx.bals.set_state(bal.id, BalState.SUSPENDED), "test")
    found = await store.read(lambda tx: tx.bals.by_id(bal.id))
    assert found is not None
    assert found.state is BalState.SUSPENDED
    assert await store.read(lambda tx: tx.bals.state_of(bal.id)) is BalState.SUSPENDED
    assert await store.read(lambda tx: tx.bals.state_of(BalId(bal.id + 99))) is None


# Mailboxes and keywords


async def test_inbox_comes_first_and_is_found_in_any_case(store: Store) -> None:
    def unit(tx: Transaction) -> BalId:
        bal = a_citizen(tx).id
        for name, use in (("Sent", SpecialUse.SENT), ("Archive/2026", None), ("inbox", None)):
            tx.mailboxes.create(bal, name, use, NOW)
        return bal

    bal = await store.write(unit, "test")
    found = await store.read(lambda tx: tx.mailboxes.of(bal))
    assert [(box.name, box.special_use, box.subscribed) for box in found] == [
        (INBOX, None, True),
        ("Archive/2026", None, True),
        ("Sent", SpecialUse.SENT, True),
    ]
    assert await store.read(lambda tx: tx.mailboxes.by_name(bal, "InBoX")) == found[0]
    assert await store.read(lambda tx: tx.mailboxes.by_name(bal, "sent")) is None
    assert await store.read(lambda tx: tx.mailboxes.by_id(found[1].id)) == found[1]
    assert (found[0].uid_next, found[0].highest_modseq) == (1, 1)


async def test_a_name_is_taken_once_and_the_unit_may_go_on(store: Store) -> None:
    def unit(tx: Transaction) -> int:
        box = an_inbox(tx)
        other = tx.mailboxes.create(box.bal, "Other", None, NOW)
        with pytest.raises(ValueError, match="name"):
            tx.mailboxes.create(box.bal, "inbox", None, NOW)
        with pytest.raises(ValueError, match="name"):
            tx.mailboxes.rename(other.id, "Inbox", NOW)
        tx.mailboxes.rename(other.id, "Other", NOW)
        return len(tx.mailboxes.of(box.bal))

    assert await store.write(unit, "test") == 2


async def test_uidvalidity_and_number_never_come_back_after_a_deletion(store: Store) -> None:
    def unit(tx: Transaction) -> list[Mailbox]:
        bal = a_citizen(tx).id
        made = []
        for _ in range(3):
            made.append(tx.mailboxes.create(bal, "Box", None, NOW))
            tx.mailboxes.delete(made[-1].id, NOW)
        return made

    made = await store.write(unit, "test")
    again = await store.write(lambda tx: tx.mailboxes.create(made[0].bal, "Box", None, NOW), "test")
    validities = [box.uid_validity for box in (*made, again)]
    assert validities == sorted(set(validities))
    assert len({box.id for box in (*made, again)}) == 4
    assert 0 < again.uid_validity < 2**32


async def test_a_rename_keeps_messages_and_uidvalidity(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, Mailbox | None]:
        box = an_inbox(tx)
        other = tx.mailboxes.create(box.bal, "Old", None, NOW)
        filed(tx, other, 2)
        tx.mailboxes.rename(other.id, "New", NOW)
        return other, tx.mailboxes.by_name(box.bal, "New")

    before, after = await store.write(unit, "test")
    assert after is not None
    assert (after.id, after.uid_validity, after.uid_next) == (before.id, before.uid_validity, 3)


async def test_a_deleted_mailbox_leaves_orphans_and_gives_room_back(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, list[BodyId], list[BodyId]]:
        box = an_inbox(tx)
        other = tx.mailboxes.create(box.bal, "Other", None, NOW)
        shared = filed(tx, box, 1)
        tx.messages.copy(box.id, uids(1), other.id, NOW)
        alone = filed(tx, other, 2)
        tx.messages.remove(other.id, uids(2), NOW)
        tx.mailboxes.delete(other.id, LATER)
        return box, shared, alone

    box, shared, alone = await store.write(unit, "test")
    orphans = await store.read(lambda tx: tx.messages.orphans(LATER + timedelta(seconds=1), 10))
    assert [orphan.id for orphan in orphans] == alone
    assert await store.read(lambda tx: used(tx, box.bal)) == 250
    assert list(await store.read(lambda tx: tx.messages.cards(shared))) == shared
    assert [b.name for b in await store.read(lambda tx: tx.mailboxes.of(box.bal))] == [INBOX]


async def test_a_mailbox_tells_where_it_stands_and_a_deleted_one_does_not(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[ModSeq | None, ModSeq, ModSeq | None, ModSeq | None]:
        box = tx.mailboxes.create(an_inbox(tx).bal, "Other", None, NOW)
        filed(tx, box, 1)
        before = tx.messages.highest_modseq(box.id)
        made = tx.messages.set_flags(box.id, [(Uid(1), SEEN)])
        after = tx.messages.highest_modseq(box.id)
        tx.mailboxes.delete(box.id, NOW)
        return before, made, after, tx.messages.highest_modseq(box.id)

    before, made, after, gone = await store.write(unit, "test")
    assert before is not None
    assert before < made == after
    assert gone is None


async def test_subscription_changes(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    await store.write(lambda tx: tx.mailboxes.set_subscribed(box.id, False), "test")
    found = await store.read(lambda tx: tx.mailboxes.by_id(box.id))
    assert found is not None
    assert not found.subscribed


async def test_counts_tell_unseen_deleted_and_size(store: Store) -> None:
    def unit(tx: Transaction) -> MailboxId:
        box = an_inbox(tx)
        filed(tx, box, 3)
        filed(tx, box, 2, SEEN)
        filed(tx, box, 1, FlagSet(SEEN | DELETED))
        return box.id

    box = await store.write(unit, "test")
    assert await store.read(lambda tx: tx.mailboxes.counts(box)) == MailboxCounts(6, 3, 1, 1500)
    assert await store.read(lambda tx: tx.mailboxes.counts(MailboxId(999))) == MailboxCounts(0, 0, 0, 0)


async def test_keywords_get_bits_in_order_and_ignore_case(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[int, int, int, tuple[str, ...]]:
        bal = a_citizen(tx).id
        first = tx.mailboxes.add_keyword(bal, "$Clos")
        second = tx.mailboxes.add_keyword(bal, "$Label1")
        return first, second, tx.mailboxes.add_keyword(bal, "$CLOS"), tx.mailboxes.keywords(bal)

    assert await store.write(unit, "test") == (
        FIRST_KEYWORD_BIT,
        FIRST_KEYWORD_BIT + 1,
        FIRST_KEYWORD_BIT,
        ("$Clos", "$Label1"),
    )


async def test_a_conversation_shows_its_state_in_one_bal_and_where_it_changes(store: Store) -> None:
    def unit(tx: Transaction) -> list[tuple[list[FlagSet], bool]]:
        inbox = an_inbox(tx)
        others = [tx.mailboxes.create(inbox.bal, name, None, NOW) for name in ("Here", "There")]
        elsewhere = an_inbox(tx, DOCTOR)
        conversation, another = (tx.conversations.start(inbox.bal, NOW).id for _ in range(2))
        opened, closed = FlagSet(32), FlagSet(64)
        before = {}
        for box, flags in ((inbox, SEEN), (others[0], opened), (others[1], closed), (elsewhere, opened)):
            for thread in (conversation, another, None):
                body = a_body(box.bal)
                tx.messages.add_body(body, NOW)
                tx.messages.file(box.id, [NewMessage(body.id, FlagSet(flags | DELETED), 250, 0, thread, NOW)])
            before[box.id] = tx.messages.set_flags(box.id, [])
        tx.messages.show(inbox.bal, conversation, FlagSet(opened | closed), closed)
        return [
            ([row.flags for row in tx.messages.rows(box)], tx.messages.set_flags(box, []) > modseq)
            for box, modseq in before.items()
        ]

    assert await store.write(unit, "test") == [
        ([SEEN | DELETED | 64, SEEN | DELETED, SEEN | DELETED], True),
        ([DELETED | 64, DELETED | 32, DELETED | 32], True),
        ([DELETED | 64] * 3, False),
        ([DELETED | 32] * 3, False),
    ]


async def test_keywords_are_bounded_and_the_highest_flag_set_is_kept(store: Store) -> None:
    def unit(tx: Transaction) -> FlagSet:
        box = an_inbox(tx)
        for number in range(MAX_KEYWORDS):
            tx.mailboxes.add_keyword(box.bal, f"k{number}")
        with pytest.raises(ValueError, match="keywords"):
            tx.mailboxes.add_keyword(box.bal, "one too many")
        every = FlagSet((1 << (FIRST_KEYWORD_BIT + MAX_KEYWORDS)) - 1)
        filed(tx, box, 1, every)
        assert tx.messages.rows(box.id)[0].flags == every
        return every

    await store.write(unit, "test")


# Messages


async def test_filed_messages_get_ascending_uids_under_one_modseq(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[MailboxId, object, object]:
        box = an_inbox(tx)
        bodies = [a_body(box.bal) for _ in range(3)]
        for body in bodies:
            tx.messages.add_body(body, NOW)
        first = tx.messages.file(box.id, [a_message(bodies[0], SEEN), a_message(bodies[1])])
        second = tx.messages.file(box.id, [a_message(bodies[2], size=10)])
        return box.id, first + second, used(tx, box.bal)

    box, rows, octets = await store.write(unit, "test")
    found = await store.read(lambda tx: tx.messages.rows(box))
    assert found == rows
    assert [(row.uid, row.modseq, row.flags) for row in found] == [(1, 2, 1), (2, 2, 0), (3, 3, 0)]
    assert octets == 510
    after = await store.read(lambda tx: tx.messages.rows(box, ModSeq(2)))
    assert [row.uid for row in after] == [3]
    here = await store.read(lambda tx: tx.mailboxes.by_id(box))
    assert here is not None
    assert (here.uid_next, here.highest_modseq) == (4, 3)


async def test_what_arrives_is_filed_in_the_inbox_as_what_is_filed_there(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[MailboxId, Uid, int]:
        box = an_inbox(tx)
        bodies = [a_body(box.bal) for _ in range(2)]
        for body in bodies:
            tx.messages.add_body(body, NOW)
        tx.messages.file(box.id, [a_message(bodies[0], SEEN)])
        return box.id, tx.messages.arrive(box.bal, a_message(bodies[1], size=10)), used(tx, box.bal)

    box, uid, octets = await store.write(unit, "test")
    filed, arrived = await store.read(lambda tx: tx.messages.rows(box))
    assert (uid, arrived.uid, arrived.modseq, arrived.size) == (2, 2, 3, 10)
    assert octets == filed.size + 10
    here = await store.read(lambda tx: tx.mailboxes.by_id(box))
    assert here is not None
    assert (here.uid_next, here.highest_modseq) == (3, 3)
    with pytest.raises(LookupError):
        await store.write(lambda tx: tx.messages.arrive(BalId(99), a_message(a_body(BalId(99)))), "test")


async def test_filing_nothing_changes_nothing(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, Mailbox | None]:
        box = an_inbox(tx)
        assert tx.messages.file(box.id, []) == []
        assert tx.messages.remove(box.id, [], NOW) == []
        assert tx.messages.remove(box.id, uids(7), NOW) == []
        assert tx.messages.copy(box.id, uids(7), box.id, NOW) == []
        assert tx.messages.set_flags(box.id, []) == 1
        return box, tx.mailboxes.by_id(box.id)

    before, after = await store.write(unit, "test")
    assert before == after


async def test_a_mailbox_that_is_gone_is_a_lookup_error(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    await store.write(lambda tx: tx.mailboxes.delete(box.id, NOW), "test")
    with pytest.raises(LookupError):
        await store.write(lambda tx: filed(tx, box, 1), "test")
    with pytest.raises(LookupError):
        await store.write(lambda tx: tx.messages.set_flags(box.id, [(Uid(1), SEEN)]), "test")
    assert await store.read(lambda tx: tx.messages.rows(box.id)) == []
    # The body went back with the unit that failed.
    assert await store.read(lambda tx: tx.messages.days_in_use(box.bal)) == frozenset()


async def test_flags_are_set_under_a_new_modseq_and_unknown_uids_passed_over(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[MailboxId, ModSeq]:
        box = an_inbox(tx)
        filed(tx, box, 3)
        wanted = [(Uid(1), SEEN), (Uid(3), FlagSet(SEEN | FLAGGED)), (Uid(9), SEEN)]
        return box.id, tx.messages.set_flags(box.id, wanted)

    box, modseq = await store.write(unit, "test")
    assert modseq == 3
    rows = await store.read(lambda tx: tx.messages.rows(box))
    assert [(row.flags, row.modseq) for row in rows] == [(1, 3), (0, 2), (5, 3)]


async def test_removed_messages_vanish_and_leave_their_uid_behind(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, ModSeq, list[Uid]]:
        box = an_inbox(tx)
        filed(tx, box, 5)
        before = tx.messages.rows(box.id)[0].modseq
        return box, before, tx.messages.remove(box.id, uids(4, 2, 9), NOW)

    box, before, removed = await store.write(unit, "test")
    assert removed == [2, 4]
    rows = await store.read(lambda tx: tx.messages.rows(box.id))
    assert [row.uid for row in rows] == [1, 3, 5]
    assert await store.read(lambda tx: tx.messages.row(box.id, Uid(3))) == rows[1]
    assert await store.read(lambda tx: tx.messages.row(box.id, Uid(4))) is None
    assert await store.read(lambda tx: tx.expunged.after(box.id, before)) == [2, 4]
    assert await store.read(lambda tx: tx.expunged.after(box.id, ModSeq(before + 1))) == []
    assert await store.read(lambda tx: used(tx, box.bal)) == 750


async def test_what_was_expunged_is_forgotten_from_the_earliest(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, ModSeq]:
        box, other = an_inbox(tx), an_inbox(tx, DOCTOR)
        filed(tx, box, 9)
        filed(tx, other, 1)
        filed_at = tx.messages.rows(box.id)[0].modseq
        tx.messages.remove(other.id, uids(1), NOW)
        for together in ((5, 1), (2, 3, 4), (7,)):
            tx.messages.remove(box.id, uids(*together), NOW)
        return box, filed_at

    box, filed_at = await store.write(unit, "test")

    async def after(modseq: int) -> list[Uid] | None:
        return await store.read(lambda tx: tx.expunged.after(box.id, ModSeq(modseq)))

    async def forget(kept: int, limit: int) -> int:
        up_to = await store.read(lambda tx: tx.expunged.beyond(box.id, kept))
        if up_to is None:
            return 0
        modseq = up_to
        return await store.write(lambda tx: tx.expunged.forget(box.id, modseq, limit), "test")

    assert await forget(kept=6, limit=10) == 0
    assert await after(filed_at) == [1, 2, 3, 4, 5, 7]
    assert await forget(kept=5, limit=1) == 1
    # One of the first two: who knew nothing of them cannot be answered, who knew of both can.
    assert await after(filed_at) is None
    assert await after(filed_at + 1) == [2, 3, 4, 7]
    assert await forget(kept=2, limit=2) == 2
    assert await after(filed_at + 1) is None
    assert await after(filed_at + 2) == [7]
    assert await forget(kept=0, limit=10) == 3
    assert await after(filed_at + 2) is None
    assert await after(filed_at + 3) == []
    assert await store.read(lambda tx: tx.expunged.spared(box.id, uids(1, 6, 7, 8, 99))) == {6, 8}
    assert await store.read(lambda tx: tx.expunged.next_mailbox(MailboxId(0))) == box.id + 1
    assert await store.read(lambda tx: tx.expunged.next_mailbox(MailboxId(box.id + 1))) is None


async def test_copies_share_the_body_and_keep_age_flags_and_conversation(store: Store) -> None:
    wish = NOW + timedelta(days=3)

    def unit(tx: Transaction) -> tuple[Mailbox, Mailbox, SealedBody, list[tuple[Uid, Uid]]]:
        box = an_inbox(tx)
        target = tx.mailboxes.create(box.bal, "Target", None, NOW)
        filed(tx, target, 4)
        conversation = tx.conversations.start(box.bal, NOW).id
        filed(tx, box, 1)
        body = a_body(box.bal)
        tx.messages.add_body(body, NOW)
        tx.messages.file(box.id, [NewMessage(body.id, FLAGGED, 250, 77, conversation, NOW, wish)])
        return box, target, body, tx.messages.copy(box.id, uids(2, 1), target.id, NOW)

    box, target, body, copied = await store.write(unit, "test")
    assert copied == [(1, 5), (2, 6)]
    original = (await store.read(lambda tx: tx.messages.rows(box.id)))[1]
    copy = (await store.read(lambda tx: tx.messages.rows(target.id)))[-1]
    assert copy._replace(uid=original.uid, modseq=original.modseq) == original
    assert await store.read(lambda tx: used(tx, box.bal)) == 8 * 250
    wished = await store.read(lambda tx: tx.aging.by_wish(wish, 10))
    assert {(found.mailbox, found.uid) for found in wished} == {(box.id, 2), (target.id, 6)}  # one date
    assert len(wished) == 2

    await store.write(lambda tx: tx.messages.remove(box.id, uids(1, 2), NOW), "test")
    assert await store.read(lambda tx: tx.messages.orphans(LATER, 10)) == []
    assert await store.read(lambda tx: tx.messages.body(body.id)) == body


async def test_a_copy_into_the_same_mailbox_is_a_message_of_its_own(store: Store) -> None:
    def unit(tx: Transaction) -> list[Uid]:
        box = an_inbox(tx)
        filed(tx, box, 1)
        tx.messages.copy(box.id, uids(1), box.id, NOW)
        tx.messages.remove(box.id, uids(1), NOW)
        assert tx.messages.orphans(LATER, 10) == []
        return [row.uid for row in tx.messages.rows(box.id)]

    assert await store.write(unit, "test") == [2]


async def test_a_large_removal_and_a_large_copy_are_whole(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[int, int, int]:
        box = an_inbox(tx)
        target = tx.mailboxes.create(box.bal, "Target", None, NOW)
        filed(tx, box, 700)
        every = [row.uid for row in tx.messages.rows(box.id)]
        copied = tx.messages.copy(box.id, every, target.id, NOW)
        removed = tx.messages.remove(box.id, every, NOW)
        return len(copied), len(removed), used(tx, box.bal)

    assert await store.write(unit, "test") == (700, 700, 700 * 250)


# Bodies


async def test_bodies_come_back_to_the_octet_small_or_large(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[SealedBody, SealedBody]:
        bal = a_citizen(tx).id
        small, large = a_body(bal), a_body(bal, location="2026/03/large")
        tx.messages.add_body(small, NOW)
        tx.messages.add_body(large, NOW)
        return small, large

    small, large = await store.write(unit, "test")
    assert await store.read(lambda tx: tx.messages.body(small.id)) == small
    assert await store.read(lambda tx: tx.messages.body(large.id)) == large
    assert await store.read(lambda tx: tx.messages.body(BodyId(b"x" * 16))) is None


async def test_cards_come_for_the_bodies_that_exist(store: Store) -> None:
    def unit(tx: Transaction) -> list[SealedBody]:
        bal = a_citizen(tx).id
        bodies = [a_body(bal) for _ in range(700)]
        for body in bodies:
            tx.messages.add_body(body, NOW)
        return bodies

    bodies = await store.write(unit, "test")
    asked = [BodyId(b"?" * 16), *(body.id for body in bodies), bodies[0].id]
    found = await store.read(lambda tx: tx.messages.cards(asked))
    assert {id_: card.card for id_, card in found.items()} == {body.id: body.card for body in bodies}
    one = found[bodies[0].id]
    assert (one.id, one.bal, one.day) == (bodies[0].id, bodies[0].bal, bodies[0].day)
    assert await store.read(lambda tx: tx.messages.cards([])) == {}


async def test_what_stands_between_two_uids_is_read_together(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, list[BodyId]]:
        box = an_inbox(tx)
        other = tx.mailboxes.create(box.bal, "Other", None, NOW)
        filed(tx, other, 3)
        ours = filed(tx, box, 6)
        tx.messages.remove(box.id, uids(3), NOW)
        return box, ours

    box, ours = await store.write(unit, "test")
    wanted = {ours[1], ours[3], ours[4]}
    first, last = uids(2, 5)
    cards = await store.read(lambda tx: tx.messages.cards_between(box.id, first, last))
    assert cards.keys() == wanted
    assert cards == await store.read(lambda tx: tx.messages.cards(list(wanted)))
    bodies = await store.read(lambda tx: tx.messages.bodies_between(box.id, first, last))
    assert bodies.keys() == wanted
    assert bodies[ours[1]] == await store.read(lambda tx: tx.messages.body(ours[1]))
    assert await store.read(lambda tx: tx.messages.cards_between(box.id, last, first)) == {}


async def test_a_body_never_filed_is_an_orphan_since_it_was_added(store: Store) -> None:
    def unit(tx: Transaction) -> BodyId:
        body = a_body(a_citizen(tx).id, location="somewhere")
        tx.messages.add_body(body, NOW)
        return body.id

    body = await store.write(unit, "test")
    assert await store.read(lambda tx: tx.messages.orphans(NOW, 10)) == []
    (orphan,) = await store.read(lambda tx: tx.messages.orphans(LATER, 10))
    assert (orphan.id, orphan.location, orphan.size) == (body, "somewhere", 250)


async def test_a_body_filed_again_is_no_orphan_any_more(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, SealedBody]:
        box = an_inbox(tx)
        body = a_body(box.bal)
        tx.messages.add_body(body, NOW)
        return box, body

    box, body = await store.write(unit, "test")
    await store.write(lambda tx: tx.messages.file(box.id, [a_message(body), a_message(body)]), "test")
    assert await store.read(lambda tx: tx.messages.orphans(LATER, 10)) == []
    await store.write(lambda tx: tx.messages.remove(box.id, uids(1), NOW), "test")
    assert await store.read(lambda tx: tx.messages.orphans(LATER, 10)) == []
    await store.write(lambda tx: tx.messages.remove(box.id, uids(2), NOW), "test")
    assert len(await store.read(lambda tx: tx.messages.orphans(LATER, 10))) == 1


async def test_dropped_bodies_free_their_day(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[BalId, list[BodyId]]:
        bal = a_citizen(tx).id
        bodies = [a_body(bal, day) for day in (20001, 20001, 20002)]
        for body in bodies:
            tx.messages.add_body(body, NOW)
        return bal, [body.id for body in bodies]

    bal, bodies = await store.write(unit, "test")
    assert await store.read(lambda tx: tx.messages.days_in_use(bal)) == {20001, 20002}
    await store.write(lambda tx: tx.aging.drop_orphans(bodies[:1] + bodies[2:]), "test")
    assert await store.read(lambda tx: tx.messages.days_in_use(bal)) == {20001}
    assert await store.read(lambda tx: tx.messages.body(bodies[2])) is None
    assert await store.write(lambda tx: tx.aging.drop_orphans([]), "test") == []


async def test_orphans_come_oldest_first_and_at_most_so_many(store: Store) -> None:
    def unit(tx: Transaction) -> list[BodyId]:
        bal = a_citizen(tx).id
        bodies = [a_body(bal) for _ in range(4)]
        for days, body in zip((3, 1, 2, 4), bodies, strict=True):
            tx.messages.add_body(body, NOW + timedelta(days=days))
        return [bodies[1].id, bodies[2].id]

    expected = await store.write(unit, "test")
    found = await store.read(lambda tx: tx.messages.orphans(NOW + timedelta(days=9), 2))
    assert [orphan.id for orphan in found] == expected


# Conversations


async def test_a_conversation_is_found_by_the_first_digest_that_is_known(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[BalId, BalId, ConversationId, ConversationId]:
        citizen, other = a_citizen(tx).id, a_doctor(tx).id
        first = tx.conversations.start(citizen, NOW)
        second = tx.conversations.start(citizen, NOW)
        tx.conversations.remember(first.id, b"one", NOW)
        tx.conversations.remember(second.id, b"two", LATER)
        tx.conversations.remember(second.id, b"one", LATER)  # repeated: it leads where it led
        return citizen, other, first.id, second.id

    citizen, other, first, second = await store.write(unit, "test")

    async def found(bal: BalId, *digests: bytes) -> ConversationId | None:
        return await store.read(lambda tx: tx.conversations.found_by(bal, digests))

    assert await found(citizen, b"none", b"two", b"one") == second
    assert await found(citizen, b"one") == first
    assert await found(citizen, b"none") is None
    assert await found(citizen) is None
    assert await found(other, b"one") is None
    kept = await store.read(lambda tx: tx.conversations.by_id(second))
    assert kept is not None
    assert (kept.citizen, kept.opened_at, kept.last_message_at) == (citizen, NOW, LATER)
    assert await store.read(lambda tx: tx.conversations.by_id(ConversationId(99))) is None
    with pytest.raises(LookupError):
        await store.write(lambda tx: tx.conversations.remember(ConversationId(99), b"x", NOW), "test")


async def test_a_pair_opens_closes_and_opens_again(store: Store) -> None:
    conversation = await store.write(lambda tx: tx.conversations.start(a_citizen(tx).id, NOW).id, "test")
    shouted = Address(DOCTOR.local.upper(), DOCTOR.domain)

    async def opened(now: datetime) -> bool:
        return await store.write(lambda tx: tx.conversations.open_pair(conversation, DOCTOR, now), "test")

    async def closed(by: ClosedBy) -> bool:
        return await store.write(
            lambda tx: tx.conversations.close_pair(conversation, shouted, by, LATER), "test"
        )

    assert await store.read(lambda tx: tx.conversations.pair(conversation, DOCTOR)) is None
    assert not await closed(ClosedBy.HEADER)
    assert not await store.read(lambda tx: tx.conversations.is_open(conversation))
    assert await opened(NOW)
    assert await store.read(lambda tx: tx.conversations.is_open(conversation))
    assert not await opened(LATER)
    assert await closed(ClosedBy.SUBJECT)
    assert not await store.read(lambda tx: tx.conversations.is_open(conversation))
    assert not await closed(ClosedBy.OPERATOR)
    pair = await store.read(lambda tx: tx.conversations.pair(conversation, shouted))
    assert pair is not None
    assert (pair.professional, pair.opened_at, pair.closed_at) == (DOCTOR, NOW, LATER)
    assert pair.closed_by is ClosedBy.SUBJECT
    again = LATER + timedelta(days=1)
    assert await opened(again)
    pair = await store.read(lambda tx: tx.conversations.pair(conversation, DOCTOR))
    assert pair is not None
    assert (pair.opened_at, pair.closed_at, pair.closed_by) == (again, None, None)


async def test_a_pair_of_no_conversation_is_not_opened(store: Store) -> None:
    assert not await store.write(
        lambda tx: tx.conversations.open_pair(ConversationId(9), DOCTOR, NOW), "test"
    )


async def test_pairs_are_listed_by_everything_given(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[BalId, list[ConversationId]]:
        citizen = a_citizen(tx).id
        other = a_citizen(tx, Address("255081416802538", "patient.mssante.fr")).id
        made = [tx.conversations.start(bal, NOW).id for bal in (citizen, citizen, other)]
        for conversation in made:
            tx.conversations.open_pair(conversation, NURSE, NOW)
            tx.conversations.open_pair(conversation, DOCTOR, NOW)
        tx.conversations.close_pair(made[1], DOCTOR, ClosedBy.INACTIVITY, NOW)
        return citizen, made

    citizen, (first, second, third) = await store.write(unit, "test")

    async def listed(
        citizen: BalId | None = None,
        professional: Address | None = None,
        conversation: ConversationId | None = None,
        open_only: bool = False,
    ) -> list[tuple[int, Address]]:
        pairs = await store.read(
            lambda tx: tx.conversations.pairs(citizen, professional, conversation, open_only)
        )
        return [(pair.conversation, pair.professional) for pair in pairs]

    everything = [(c, who) for c in (first, second, third) for who in (DOCTOR, NURSE)]
    assert await listed() == everything
    assert await listed(citizen) == everything[:4]
    assert await listed(citizen, DOCTOR) == [(first, DOCTOR), (second, DOCTOR)]
    assert await listed(citizen, DOCTOR, open_only=True) == [(first, DOCTOR)]
    assert await listed(professional=NURSE) == [(first, NURSE), (second, NURSE), (third, NURSE)]
    assert await listed(conversation=second, open_only=True) == [(second, NURSE)]
    assert len(await listed(open_only=True)) == 5


# Journal


async def test_the_journal_comes_latest_first_by_bal_and_event(store: Store) -> None:
    entries = [
        JournalEntry(NOW, "operator:anne", "inspected", BalId(1), {"reason": "«perdu»", "uid": "3"}),
        JournalEntry(LATER, "rule:CONV-2", "refused", BalId(2)),
        JournalEntry(NOW, "rule:CONV-2", "refused", None),
        JournalEntry(NOW, "x@y.fr", "submitted", BalId(1)),
    ]

    def unit(tx: Transaction) -> None:
        for entry in entries:
            tx.journal.record(entry)

    await store.write(unit, "test")
    a, b, c, d = entries
    assert await store.read(lambda tx: tx.journal.entries()) == [d, c, b, a]
    assert await store.read(lambda tx: tx.journal.entries(limit=2)) == [d, c]
    assert await store.read(lambda tx: tx.journal.entries(BalId(1))) == [d, a]
    assert await store.read(lambda tx: tx.journal.entries(event="refused")) == [c, b]
    assert await store.read(lambda tx: tx.journal.entries(BalId(2), "refused")) == [b]


# Changes


async def test_changes_are_published_after_the_commit_and_once_a_mailbox(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    told: list[Change] = []
    stop = store.changes.subscribe(box.id, told.append)

    def unit(tx: Transaction) -> None:
        filed(tx, box, 2)
        tx.messages.set_flags(box.id, [(Uid(1), SEEN)])
        tx.messages.remove(box.id, uids(2), NOW)

    await store.write(unit, "test")
    await store.write(lambda tx: tx.mailboxes.of(box.bal), "test")
    assert told == [Change(box.bal, box.id, ModSeq(4))]
    stop()
    stop()
    await store.write(unit, "test")
    assert len(told) == 1


async def test_a_failed_unit_publishes_nothing_and_leaves_nothing(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    told: list[Change] = []
    store.changes.subscribe(box.id, told.append)

    def unit(tx: Transaction) -> None:
        filed(tx, box, 2)
        raise ArithmeticError("on purpose")

    with pytest.raises(ArithmeticError, match="on purpose"):
        await store.write(unit, "test")
    assert told == []
    assert await store.read(lambda tx: tx.messages.rows(box.id)) == []


async def test_a_deleted_mailbox_is_told_to_those_who_watch_it(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    told: list[Change] = []
    store.changes.subscribe(box.id, told.append)
    await store.write(lambda tx: tx.mailboxes.delete(box.id, NOW), "test")
    assert [change.mailbox for change in told] == [box.id]
    assert told[0].modseq > box.highest_modseq


async def test_whoever_watches_a_bal_is_told_of_names_and_of_messages(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    told: list[None] = []
    stop = store.changes.subscribe_bal(box.bal, lambda: told.append(None))
    other = await store.write(lambda tx: tx.mailboxes.create(box.bal, "Autre", None, NOW), "test")
    assert len(told) == 1
    await store.write(lambda tx: tx.mailboxes.rename(other.id, "Encore", NOW), "test")
    assert len(told) == 2
    await store.write(lambda tx: tx.mailboxes.set_subscribed(other.id, False), "test")
    assert len(told) == 3
    await store.write(lambda tx: filed(tx, other, 2), "test")
    assert len(told) == 4
    await store.write(lambda tx: tx.mailboxes.delete(other.id, NOW), "test")
    assert len(told) == 5
    stop()
    await store.write(lambda tx: filed(tx, box, 2), "test")
    assert len(told) == 5


async def test_what_is_open_is_walked_by_conversation(store: Store) -> None:
    def unit(tx: Transaction) -> list[ConversationId]:
        citizen = a_citizen(tx)
        made = [tx.conversations.start(citizen.id, NOW).id for _ in range(3)]
        for conversation in made:
            for professional in (DOCTOR, NURSE):
                tx.conversations.open_pair(conversation, professional, NOW)
        tx.conversations.close_pair(made[1], DOCTOR, ClosedBy.SUBJECT, LATER)
        tx.conversations.remember(made[2], b"d" * 16, LATER)
        return made

    made = await store.write(unit, "test")
    sides = await store.read(lambda tx: tx.conversations.open_sides(made[0], 2))
    assert [(side.pair.conversation, side.pair.professional) for side in sides] == [
        (made[1], NURSE),
        (made[2], DOCTOR),
    ]
    assert [side.quiet_since for side in sides] == [NOW, LATER]


async def test_what_the_directory_says_of_an_account_is_kept(store: Store) -> None:
    def unit(tx: Transaction) -> list[tuple[str | None, bool]]:
        made = tx.bals.add(NewBal(DOCTOR, BalKind.ORG, BalState.ACTIVE, sector="SA33"), NOW)
        tx.bals.describe(made.id, "SA38", is_unlisted=True)
        changed = tx.bals.by_address(DOCTOR)
        assert changed is not None
        other = tx.bals.add(NewBal(NURSE, BalKind.ORG, BalState.ACTIVE, is_unlisted=True), NOW)
        return [(bal.sector, bal.is_unlisted) for bal in (made, changed, other)]

    assert await store.write(unit, "test") == [("SA33", False), ("SA38", True), (None, True)]
