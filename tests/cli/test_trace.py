"""What became of a message, from the command line."""

import asyncio
from datetime import timedelta

import pytest
from tests.cli.test_lived_in import a_doctor_wrote
from tests.support.command_line import CITIZEN, DOCTOR, PROFESSIONAL_DOMAIN, CommandLine
from tests.support.letters import a_letter

from vaguemestre.cli.trace import STATES
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import FateState
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.services import SystemClock, open_services
from vaguemestre.settings import read_settings

COLLEAGUE = f"paul.durand@{PROFESSIONAL_DOMAIN}"
ANSWER = "<answer@patient.mssante.fr>"


async def a_citizen_answers_two_of_whom_one_wrote(vaguemestre: CommandLine) -> str:
    """To the doctor who wrote to him, and to a colleague who did not: the queue id."""
    await a_doctor_wrote(vaguemestre, timedelta(days=1))
    async with open_services(read_settings(vaguemestre.config), SystemClock()) as services:
        await services.accounts.add(AccountRequest(parse_address(COLLEAGUE), BalKind.PER), "test")
        citizen = await services.accounts.find(parse_address(CITIZEN))
        envelope = Envelope(citizen.address, (parse_address(DOCTOR), parse_address(COLLEAGUE)))
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
        ("C.UTF-8", ["accepted ", " UTC", "from 1", "recipient", "since (UTC)", "delivered", "refused",
                     "[MSS-CONV-0] Only"]),
        ("fr_FR.UTF-8", ["accepté le ", " UTC", "de 1", "destinataire", "depuis (UTC)", "remis", "refusé",
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
