"""Commands on a house where letters were exchanged: conversations, and what has passed its retention."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.command_line import CITIZEN, DOCTOR, CommandLine, Said
from tests.support.letters import a_letter
from tests.support.world import FakeClock

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.services import open_services
from vaguemestre.settings import read_settings


async def a_doctor_wrote(vaguemestre: CommandLine, ago: timedelta) -> None:
    """A doctor wrote to a citizen some time ago: conversation 1."""
    settings = read_settings(vaguemestre.config)
    async with open_services(settings, FakeClock(datetime.now(UTC) - ago)) as services:
        doctor = await services.accounts.add(AccountRequest(parse_address(DOCTOR), BalKind.PER), "test")
        await services.accounts.add(AccountRequest(parse_address(CITIZEN), BalKind.CITIZEN), "test")
        signed_in, envelope = SignedIn(doctor), Envelope(doctor.address, (parse_address(CITIZEN),))
        empty = Envelope(doctor.address, ())
        reply = await services.submissions.accepts_recipient(signed_in, empty, envelope.recipients[0])
        assert reply.is_positive, reply
        incoming = services.submissions.begin(signed_in, envelope, "ESMTPSA")
        incoming.feed(a_letter(doctor, CITIZEN))
        receipt = await services.submissions.submit(incoming)
        assert receipt.reply.is_positive, receipt.reply


def listed(said: Said) -> list[tuple[object, object, object]]:
    found = said.json()
    assert isinstance(found, list)
    return [(pair["conversation"], pair["professional"], pair["open"]) for pair in found]


def test_a_conversation_is_listed_closed_and_opened_again(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=1)))
    assert listed(vaguemestre("conversation", "list", "--json")) == [(1, DOCTOR, True)]
    assert CITIZEN not in vaguemestre("conversation", "list").out
    assert CITIZEN in vaguemestre("conversation", "list", CITIZEN, "--show-ins").out
    closed = vaguemestre("conversation", "close", "1")
    assert (closed.status, closed.out) == (0, f"Conversation 1 with {DOCTOR} is now closed.\n")
    assert vaguemestre("conversation", "close", "1").out == "Conversation 1 was closed already.\n"
    assert listed(vaguemestre("conversation", "list", DOCTOR, "--open", "--json")) == []
    assert vaguemestre("conversation", "open", "1", "--professional", DOCTOR).status == 0
    assert listed(vaguemestre("conversation", "show", "1", "--json")) == [(1, DOCTOR, True)]


def test_a_conversation_tells_its_history_with_who_and_why(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=1)))
    assert vaguemestre("conversation", "close", "1", "--reason", "plainte  42").status == 0
    assert vaguemestre("conversation", "open", "1", "--reason", "erreur").status == 0
    told = vaguemestre("conversation", "history", "1", "--json").json()
    assert isinstance(told, list)
    assert [(line["event"], line["professional"], line["by"], line["reason"]) for line in told] == [
        ("opened", DOCTOR, "", ""),
        ("closed", DOCTOR, "operator", "plainte 42"),
        ("opened", DOCTOR, "", "erreur"),
    ]
    assert told[1]["actor"].startswith("operator:")
    shown = vaguemestre("conversation", "history", "1").out
    assert "plainte 42" in shown
    assert CITIZEN not in shown
    assert vaguemestre("conversation", "history", "7").status == 3


def test_conversations_are_found_by_both_sides_state_and_day(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=10)))
    one = [(1, DOCTOR, True)]
    day = (datetime.now(UTC) - timedelta(days=20)).date().isoformat()
    today = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    for found, arguments in (
        (one, (CITIZEN, "--with", DOCTOR)),
        (one, (DOCTOR, "--with", CITIZEN, "--open")),
        ([], ("--closed",)),
        (one, ("--since", day)),
        ([], ("--since", today)),
        ([], (CITIZEN, "--with", "paul@elsewhere.fr")),
    ):
        assert listed(vaguemestre("conversation", "list", *arguments, "--json")) == found, arguments
    assert vaguemestre("conversation", "list", "--open", "--closed").status == 2
    assert vaguemestre("conversation", "list", "--since", "hier").status == 2


def test_a_conversation_is_named_by_who_is_in_it(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=1)))
    both = (CITIZEN, "--with", DOCTOR)
    assert listed(vaguemestre("conversation", "show", *both, "--json")) == [(1, DOCTOR, True)]
    closed = vaguemestre("conversation", "close", *both, "--reason", "plainte")
    assert closed.out == f"Conversation 1 with {DOCTOR} is now closed.\n"
    assert vaguemestre("conversation", "close", *both).out == "Conversation 1 was closed already.\n"
    assert vaguemestre("conversation", "open", DOCTOR, "--with", CITIZEN).status == 0
    assert listed(vaguemestre("conversation", "list", "--open", "--json")) == [(1, DOCTOR, True)]
    assert vaguemestre("conversation", "close", DOCTOR).status == 2  # not all of his at once, by mistake
    assert vaguemestre("conversation", "close", "1", "--with", DOCTOR).status == 2
    assert vaguemestre("conversation", "close", DOCTOR, "--with", "paul@elsewhere.fr").status == 3


def test_an_address_that_no_conversation_names_is_said_to_be_unknown(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=1)))
    unknown = vaguemestre("conversation", "list", "paul@elsewhere.fr")
    assert (unknown.status, unknown.err.count("paul@elsewhere.fr")) == (3, 1)


def test_closing_for_a_professional_who_is_not_in_it_is_refused(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=1)))
    assert vaguemestre("conversation", "close", "1", "--professional", "paul@elsewhere.fr").status == 3


def test_what_has_passed_its_retention_goes_and_a_dry_run_only_says_so(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=91)))
    dry = vaguemestre("expire", "--dry-run", "--json").json()
    assert isinstance(dry, dict)
    assert (dry["messages"], dry["accounts"]) == (1, 1)
    assert "Would go: 1 message (" in vaguemestre("expire", "--dry-run").out
    gone = vaguemestre("expire", "--json").json()
    assert isinstance(gone, dict)
    assert (gone["messages"], gone["octets"]) == (1, dry["octets"])
    assert gone["keys"] == 1
    assert vaguemestre("expire").out == "Gone: 0 messages (0 B); destroyed: 0 keys.\n"


def test_retention_is_by_kind(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=10)))
    vaguemestre.monkeypatch.setenv("VAGUEMESTRE_RETENTION__PER", "7")
    assert "Would go: 0 messages" in vaguemestre("expire", "--dry-run").out
    vaguemestre.monkeypatch.setenv("VAGUEMESTRE_RETENTION__CITIZEN", "7")
    assert "Would go: 1 message (" in vaguemestre("expire", "--dry-run").out


def test_a_dry_run_shows_what_will_go_and_why_until_a_day(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=10)))
    assert "Would go: 0 messages" in vaguemestre("expire", "--dry-run").out
    shown = vaguemestre("expire", "--dry-run", "--until", "2999-12-31").out
    assert "Would go: 1 message (" in shown
    assert "██" in shown
    assert "CITIZEN" in shown
    assert "retention" in shown
    found = vaguemestre("expire", "--dry-run", "--until", "2999-12-31", "--json").json()
    assert isinstance(found, dict)
    (day,) = found["days"]
    assert (day["kind"], day["folder"], day["reason"], day["messages"]) == ("CITIZEN", "", "retention", 1)
    assert vaguemestre("expire", "--until", "2999-12-31").status == 2


def test_what_became_of_a_letter_is_told(vaguemestre: CommandLine) -> None:
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=1)))
    letters = vaguemestre("trace", "<1@cabinet.mssante.fr>", "--json").json()
    assert isinstance(letters, list)
    told = vaguemestre("trace", str(letters[0]["queue_id"]))
    assert "delivered" in told.out
    assert CITIZEN not in told.out


@pytest.mark.parametrize("number", ["9223372036854775808", "9" * 5_000])
def test_a_number_that_no_database_counts_to_is_no_number(vaguemestre: CommandLine, number: str) -> None:
    for group, command in (("conversation", "show"), ("conversation", "history"), ("access", "revoke")):
        said = vaguemestre(group, command, number)
        assert (said.status, "as listed" in said.err) == (2, True), command
    assert vaguemestre("conversation", "history", "one").status == 2
    told = vaguemestre("bal", "solicitation", DOCTOR, "--budget", "3", "--conversation", number)
    assert told.status == 2
    assert vaguemestre("notification", "list", "--limit", number).status == 2
