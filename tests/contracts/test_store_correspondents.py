"""People at other operators: their numbers, alike on both databases. domain.md §2, §6."""

from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.mail.correspondent import CorrespondentId
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.submission import NewSubmission

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
ELSEWHERE = Address("1A", "Patient.elsewhere.fr")
DOCTOR = Address("paul", "clinique.fr")


async def test_who_is_met_once_is_known_however_he_is_spelled_and_is_no_bal(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        assert tx.correspondents.known(ELSEWHERE) is None
        number = tx.correspondents.meet(ELSEWHERE, NOW)
        assert tx.correspondents.meet(Address("1a", "patient.Elsewhere.fr"), NOW) == number
        assert tx.correspondents.known(ELSEWHERE) == number
        assert tx.correspondents.address_of(number) == ELSEWHERE
        assert tx.bals.by_id(number) is None
        assert tx.bals.by_address(ELSEWHERE) is None
        bal = tx.bals.add(NewBal(Address("claire", "ours.fr"), BalKind.PER, BalState.ACTIVE), NOW)
        assert int(bal.id) != int(number)
        assert tx.correspondents.address_of(bal.id) is None

    await store.write(unit, "test")


async def test_somebody_elsewhere_has_conversations_and_submissions(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        citizen, sender = tx.correspondents.meet(ELSEWHERE, NOW), tx.correspondents.meet(DOCTOR, NOW)
        conversation = tx.conversations.start(citizen, NOW).id
        tx.conversations.remember(conversation, b"digest", NOW)
        assert tx.conversations.open_pair(conversation, DOCTOR, NOW)
        assert tx.conversations.found_by(citizen, [b"digest"]) == conversation
        assert [pair.citizen for pair in tx.conversations.pairs(citizen=citizen)] == [citizen]
        assert tx.conversations.close_pair(conversation, DOCTOR, ClosedBy.SUBJECT, NOW)
        assert not tx.blocks.is_blocked(citizen, DOCTOR)
        tx.submissions.begin(NewSubmission("0123", sender, None, None, NOW), NOW)
        trace = tx.submissions.trace("0123")
        assert trace is not None
        assert (trace.sender, trace.sender_address) == (sender, DOCTOR)

    await store.write(unit, "test")


async def test_who_comes_here_keeps_his_number_and_what_hangs_on_it(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        number = tx.correspondents.meet(ELSEWHERE, NOW)
        conversation = tx.conversations.start(number, NOW).id
        bal = tx.bals.add(NewBal(ELSEWHERE, BalKind.CITIZEN, BalState.ACTIVE), NOW)
        assert int(bal.id) == int(number)
        assert tx.correspondents.known(ELSEWHERE) is None
        assert tx.correspondents.address_of(number) is None
        found = tx.conversations.by_id(conversation)
        assert found is not None
        assert found.citizen == bal.id
        assert tx.bals.by_id(found.citizen) == bal

    await store.write(unit, "test")


async def test_who_is_named_by_nothing_any_more_is_forgotten(store: Store) -> None:
    """Of four who were met: one has a conversation, one a trace, one a line of the journal."""
    later = NOW + timedelta(days=400)
    names = ("conversation", "trace", "journal", "nothing", "last")
    people = {name: Address(name, "clinique.fr") for name in names}

    def before(tx: Transaction) -> None:
        ids = {name: tx.correspondents.meet(address, NOW) for name, address in people.items()}
        tx.conversations.start(ids["conversation"], NOW)
        tx.submissions.begin(NewSubmission("0123", ids["trace"], None, None, NOW), NOW)
        tx.journal.record(JournalEntry(NOW, "rule:X", "refused", ids["journal"]))

    def after(tx: Transaction) -> None:
        assert tx.correspondents.forget(CorrespondentId(0), NOW, 10) == (None, 0)  # met too lately
        first = tx.correspondents.forget(CorrespondentId(0), later, 2)
        assert first.gone == 0
        assert first.up_to is not None
        assert tx.correspondents.forget(first.up_to, later, 10).gone == 1
        known = [name for name, address in people.items() if tx.correspondents.known(address) is not None]
        assert known == [
            "conversation",
            "trace",
            "journal",
            "last",
        ]
        assert tx.submissions.forget(later, 10) == 1
        assert tx.correspondents.forget(CorrespondentId(0), later, 10).gone == 1
        assert tx.correspondents.known(people["trace"]) is None

    await store.write(before, "test")
    await store.write(after, "test")
