"""An erasure removes one person's rows, in steps, and counts them; alike on both databases. domain.md §2."""

import os
from datetime import UTC, datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.mail.mailbox import INBOX, BodyId, FlagSet
from vaguemestre.service.ports.archive import Archive, ArchiveId, ArchiveState
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.erasure import Erasure
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.owed_elsewhere import OwedElsewhere, Whom
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, SealedBody

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)


def lived_in(tx: Transaction, local: str) -> Bal:
    """A citizen with messages in two mailboxes, one archived, and a conversation."""
    address = Address(local, "patient.example.fr")
    bal = tx.bals.add(NewBal(address, BalKind.CITIZEN, BalState.CLOSED, name="Jeanne"), NOW)
    for number, mailbox in enumerate((INBOX, INBOX, "Ma santé")):
        box = tx.mailboxes.by_name(bal.id, mailbox) or tx.mailboxes.create(bal.id, mailbox, None, NOW)
        body = BodyId(os.urandom(16))
        tx.messages.add_body(SealedBody(body, bal.id, KeyDay(1), 10, b"x", None, None, b"card"), NOW)
        tx.messages.file(box.id, [NewMessage(body, FlagSet(0), 10, 1, None, NOW)])
        if number == 0:
            archive = Archive(ArchiveId(local * 16), bal.id, ArchiveState.SEALED, "k", NOW, NOW)
            tx.archives.begin(archive)
            tx.archives.take(archive, 1, NOW)
    conversation = tx.conversations.start(bal.id, NOW).id
    tx.conversations.remember(conversation, b"digest", NOW)
    tx.conversations.open_pair(conversation, Address("claire", "cabinet.fr"), NOW)
    tx.owed_notices.owe(bal.id, conversation, ClosedBy.ACCOUNT, NOW)
    anne = Address("anne", "clinique.example")
    tx.owed_elsewhere.owe(OwedElsewhere(Whom.PROFESSIONAL, anne, conversation, ClosedBy.ACCOUNT, NOW))
    tx.mailboxes.add_keyword(bal.id, "$Secret")
    return bal


async def test_everything_of_one_person_goes_and_nothing_of_another(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        bal, other = lived_in(tx, "a"), lived_in(tx, "b")
        erasure = Erasure("e1", bal.id, NOW, "operator:anne", "lettre du 3 mars")
        tx.erasures.begin(erasure)
        tx.erasures.begin(Erasure("e2", bal.id, NOW, "operator:paul", ""))
        assert tx.erasures.oldest(9) == [erasure]
        assert tx.erasures.of(other.id) is None
        for keys in (["archive x", "2026-03-14"], ["2026-03-14"]):
            tx.erasures.note_keys(bal.id, keys)
        assert [tx.erasures.remove_messages(bal.id, 1, NOW) for _ in range(4)] == [1, 1, 1, 0]
        assert [len(tx.erasures.drop_bodies(bal.id, 2)) for _ in range(3)] == [2, 1, 0]
        assert [tx.erasures.remove_conversations(bal.id, 9) for _ in range(2)] == [1, 0]
        tx.erasures.remove_rest(bal.id, NOW)
        done = tx.erasures.of(bal.id)
        assert done is not None
        assert (done.keys, done.messages, done.octets, done.bodies, done.conversations) == (
            ("archive x", "2026-03-14"),
            3,
            30,
            3,
            1,
        )
        tx.erasures.end(bal.id)
        assert tx.erasures.of(bal.id) is None
        left = tx.bals.by_id(bal.id)
        assert left is not None
        assert (left.name, left.used) == ("", 0)
        assert [box.name for box in tx.mailboxes.of(bal.id)] == [INBOX]
        assert tx.conversations.pairs(citizen=bal.id) == []
        assert tx.conversations.found_by(bal.id, [b"digest"]) is None
        assert tx.messages.days_in_use(bal.id) == frozenset()
        spared = tx.bals.by_id(other.id)
        assert spared is not None
        assert (spared.name, spared.used) == ("Jeanne", 20)
        assert len(tx.conversations.pairs(citizen=other.id)) == 1
        assert tx.conversations.found_by(other.id, [b"digest"]) is not None
        assert len(tx.archives.messages(ArchiveId("b" * 16), 0, 9)) == 1
        assert "$Secret" in tx.mailboxes.keywords(other.id)

    await store.write(unit, "test")
