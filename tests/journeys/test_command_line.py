"""Commands given beside a server that runs: two processes on one SQLite file. domain.md §3."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.journey import House, a_server, pair
from tests.support.letters import SENTENCE, a_letter
from tests.support.mail_clients import by_smtplib, imaplib_client, inbox
from tests.support.world import FakeClock

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.envelope import Envelope
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.services import open_services
from vaguemestre.settings import read_settings

DOCTOR, CITIZEN = pair(0).doctor, pair(0).citizen
INS = re.compile(r"\d{15}")


async def a_letter_of_last_season(house: House, letter: bytes) -> None:
    """Submitted when the clock stood a hundred days earlier."""
    clock = FakeClock(datetime.now(UTC) - timedelta(days=100))
    async with open_services(read_settings(house.config), clock) as services:
        doctor = await services.accounts.find(parse_address(DOCTOR))
        incoming = services.submissions.begin(
            SignedIn(doctor), Envelope(doctor.address, (parse_address(CITIZEN),)), "ESMTPSA"
        )
        incoming.feed(letter)
        assert (await services.submissions.submit(incoming)).reply.is_positive


def objects(house: House) -> list[Path]:
    return [path for path in house.folder.glob("objects/**/*") if path.is_file()]


def test_what_expires_beside_a_running_server_vanishes_from_an_open_session(house: House) -> None:
    large = (("cr.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 1_000),)
    asyncio.run(a_letter_of_last_season(house, a_letter(DOCTOR, CITIZEN, message_id="<1@x.fr>")))
    old = a_letter(DOCTOR, CITIZEN, message_id="<2@x.fr>", attachments=large)
    asyncio.run(a_letter_of_last_season(house, old))
    assert len(objects(house)) == 1
    # The server itself keeps a year; the command below keeps the usual ninety days.
    with a_server(house, VAGUEMESTRE_RETENTION__DAYS="365") as server:
        new = a_letter(DOCTOR, CITIZEN, message_id="<3@x.fr>")
        assert by_smtplib(server, DOCTOR, CITIZEN, new).code == 250
        with imaplib_client(server, CITIZEN) as client:
            assert client.select("INBOX") == ("OK", [b"3"])
            assert SENTENCE.encode() in client.uid("FETCH", "1", "(BODY.PEEK[])")[1][0][1]
            dry = house.command("expire", "--dry-run", "--json").json()
            assert isinstance(dry, dict)
            assert (dry["messages"], dry["dry_run"]) == (2, True)
            gone = house.command("expire", "--json").json()
            assert isinstance(gone, dict)
            assert (gone["messages"], gone["keys"]) == (2, 1)
            # Before the session is told, what has expired opens no more.
            assert not has_content(client.uid("FETCH", "1", "(BODY.PEEK[])"))
            client.noop()
            assert client.response("EXPUNGE")[1] == [b"1", b"1"]
            assert client.uid("SEARCH", "ALL") == ("OK", [b"3"])
        assert list(inbox(server, CITIZEN)) == [3]
        assert objects(house) == []
        assert server.stop() == 0
        assert "Traceback" not in server.log


def has_content(answer: tuple[str, list[object]]) -> bool:
    return any(isinstance(item, tuple) for item in answer[1])


def test_closing_by_command_is_obeyed_at_once_and_every_json_parses(house: House) -> None:
    with a_server(house) as server:
        letter = a_letter(DOCTOR, CITIZEN, message_id="<1@x.fr>")
        assert by_smtplib(server, DOCTOR, CITIZEN, letter).code == 250
        listed = house.command("conversation", "list", CITIZEN, "--json").json()
        assert isinstance(listed, list)
        assert [(pair["professional"], pair["open"]) for pair in listed] == [(DOCTOR, True)]
        number = str(listed[0]["conversation"])
        assert house.command("conversation", "close", number).status == 0
        answer = a_letter(CITIZEN, DOCTOR, answers="<1@x.fr>", message_id="<2@x.fr>")
        assert by_smtplib(server, CITIZEN, DOCTOR, answer).code == 550
        checked = house.command("check", "--json")
        assert checked.status == 0, checked.out
        assert isinstance(checked.json(), list)
        assert house.command("bal", "show", "nobody@cabinet.mssante.fr").status == 3
        assert INS.search(server.log) is None
