"""What became of a message, from the command line."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.cli.test_lived_in import a_doctor_wrote
from tests.support.command_line import CITIZEN, DOCTOR, PROFESSIONAL_DOMAIN, CommandLine
from tests.support.letters import a_letter

from vaguemestre.cli.failures import ExitStatus
from vaguemestre.cli.trace import STATES
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.deliver_by import DeliverBy, Lateness
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import FateState
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.services import SystemClock, open_services
from vaguemestre.settings import read_settings

COLLEAGUE = f"paul.durand@{PROFESSIONAL_DOMAIN}"
_QUEUE_ID = re.compile(r'"queue_id": "(\w+)"')
ANSWER = "<answer@patient.mssante.fr>"


async def a_citizen_answers_two_of_whom_one_wrote(vaguemestre: CommandLine) -> str:
    """To the doctor who wrote to him, and to a colleague who did not: the queue id."""
    await a_doctor_wrote(vaguemestre, timedelta(days=1))
    async with open_services(read_settings(vaguemestre.config), SystemClock()) as services:
        await services.accounts.add(AccountRequest(parse_address(COLLEAGUE), BalKind.PER), "test")
        citizen = await services.accounts.find(parse_address(CITIZEN))
        to = (parse_address(DOCTOR), parse_address(COLLEAGUE))
        due = DeliverBy(datetime(2031, 1, 2, 3, 4, tzinfo=UTC), Lateness.NOTIFY)
        envelope = Envelope(citizen.address, to, deliver_by=due)
        incoming = services.submissions.begin(SignedIn(citizen), envelope, "ESMTPSA")
        incoming.feed(a_letter(citizen, DOCTOR, message_id=ANSWER, answers="<1@cabinet.mssante.fr>"))
        receipt = await services.submissions.submit(incoming)
        assert receipt.reply.is_positive, receipt.reply
        return receipt.queue_id


def test_a_name_nobody_knows_is_told_how_to_look(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = vaguemestre("trace", "<nobody@example.org>")
    assert (said.status, said.out) == (1, "")
    assert "Message-ID" in said.err
    assert vaguemestre("trace", "<nobody@example.org>", "--json").json() == []
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert "Aucun message de ce nom" in vaguemestre("trace", "<nobody@example.org>").err


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("C.UTF-8", ["accepted ", " UTC", "from 1", "be delivered by 2031-01-02 03:04 UTC, else told of",
                     "recipient", "since (UTC)", "delivered", "refused",
                     "[MSS-CONV-0] Only"]),
        ("fr_FR.UTF-8", ["accepté le ", " UTC", "de 1",
                         "à remettre avant le 2031-01-02 03:04 UTC, sinon signalé",
                         "destinataire", "depuis (UTC)", "remis", "refusé",
                         "[MSS-CONV-0] Seul"]),
    ],
)  # fmt: skip
def test_a_message_with_one_recipient_refused_is_read_in_eighty_columns(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch, locale: str, words: list[str]
) -> None:
    queue_id = asyncio.run(a_citizen_answers_two_of_whom_one_wrote(vaguemestre))
    monkeypatch.setenv("LC_ALL", locale)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")  # 80 columns, no colours
    monkeypatch.setenv("COLUMNS", "80")
    shown = vaguemestre("trace", ANSWER).out
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.startswith(queue_id)
    for word in (*words, DOCTOR, COLLEAGUE):
        assert word in shown
    assert CITIZEN not in shown
    assert CITIZEN in vaguemestre("trace", queue_id, "--show-ins").out


def test_messages_are_searched_by_sender_recipient_and_day(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    queue_id = asyncio.run(a_citizen_answers_two_of_whom_one_wrote(vaguemestre))

    def found(*asked: str) -> list[str]:
        return _QUEUE_ID.findall(vaguemestre("trace", *asked, "--json").out)

    assert found("--from", CITIZEN) == [queue_id]
    assert found("--from", CITIZEN.partition("@")[0], "--to", DOCTOR) == [queue_id]
    assert len(found("--to", CITIZEN)) == 1
    assert len(found("--since", "2000-01-01")) == 2
    assert len(found("--since", "2000-01-01", "--limit", "1")) == 1
    assert "--limit" in vaguemestre("trace", "--since", "2000-01-01", "--limit", "1").out
    assert found("--until", "2000-01-01") == []
    assert found(queue_id, "--from", DOCTOR) == []
    assert found(queue_id, "--to", DOCTOR) == [queue_id]
    assert found(queue_id, "--to", CITIZEN) == []
    nothing = vaguemestre("trace", "--until", "2000-01-01")
    assert (nothing.status, nothing.out) == (1, "")
    assert "those addresses or days" in nothing.err
    for wrong in ([], ["--from", "martin"], ["--since", "monday"]):
        assert vaguemestre("trace", *wrong).status == ExitStatus.USAGE


def test_what_was_refused_whole_is_told_with_its_sender(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    asyncio.run(a_citizen_answers_two_of_whom_one_wrote(vaguemestre))

    async def refused() -> None:
        async with open_services(read_settings(vaguemestre.config), SystemClock()) as services:
            citizen = await services.accounts.find(parse_address(CITIZEN))
            envelope, colleague = Envelope(citizen.address, ()), parse_address(COLLEAGUE)
            reply = await services.submissions.accepts_recipient(SignedIn(citizen), envelope, colleague)
            assert not reply.is_positive

    asyncio.run(refused())
    said = vaguemestre("trace", "--from", CITIZEN).out
    assert "Refused when it was sent" in said
    assert "MSS-CONV-0" in said.partition("Refused when")[2]


def test_every_state_has_its_words() -> None:
    assert set(STATES) == set(FateState)


def test_programs_are_told_both_languages(vaguemestre: CommandLine) -> None:
    asyncio.run(a_citizen_answers_two_of_whom_one_wrote(vaguemestre))
    found = vaguemestre("trace", ANSWER, "--json").json()
    assert isinstance(found, list)
    refused = next(one for one in found[0]["recipients"] if one["state"] == "refused")
    assert refused["reason"] == "550 5.7.1 [MSS-CONV-0] Only the professional can open a conversation"
    french = "550 5.7.1 [MSS-CONV-0] Seul le professionnel peut ouvrir une conversation"
    assert refused["reason_french"] == french
