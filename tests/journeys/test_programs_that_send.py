"""Programs and libraries that send, over TLS to a server process: msmtp, curl, nodemailer, Python's own two.

nodemailer is no dependency of the project: ``npm install --prefix ~/nodemailer nodemailer``, then run the
tests with ``NODE_PATH=~/nodemailer/node_modules``.
"""

import asyncio
import smtplib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path

import aiosmtplib
import pytest
from tests.support.journey import PASSWORD, PATIENCE, House, Pair, Server, a_server, fresh_pairs
from tests.support.letters import a_letter
from tests.support.mail_clients import aiosmtplib_client, inbox, next_report
from tests.support.programs import Ended, program, run

MSMTP = """
account default
host localhost
port {port}
tls on
tls_starttls {starttls}
tls_trust_file {authority}
auth {auth}
user {user}
passwordeval printf %s '{password}'
from {user}
"""


@pytest.fixture(scope="module")
def server(pristine: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of their own: the shared server has few people left."""
    with a_server(pristine.copy(tmp_path_factory.mktemp("sending") / "house")) as opened:
        yield opened
        assert opened.stop() == 0, opened.log
        assert "Traceback" not in opened.log


@pytest.fixture(scope="module")
def _pairs() -> Iterator[Pair]:
    return fresh_pairs()


def told(report: Message) -> str:
    """The part of a report that programs read."""
    _, fields, *_ = report.iter_parts()  # type: ignore[attr-defined]  # an EmailMessage's
    return "\n".join(str(group) for group in fields.get_payload())


async def msmtp(
    server: Server, people: Pair, folder: Path, auth: str, *more: str, starttls: bool = True
) -> Ended:
    binary, settings, letter = program("msmtp"), folder / "msmtprc", folder / "letter"
    letter.write_bytes(a_letter(people.doctor, people.citizen, message_id=f"<{auth}.{starttls}@msmtp>"))
    settings.touch(0o600)
    settings.write_text(
        MSMTP.format(
            port=server.ports["submission" if starttls else "submissions"],
            starttls="on" if starttls else "off",
            authority=server.house.authority,
            auth=auth,
            user=people.doctor,
            password=PASSWORD,
        )
    )
    command = f'"$@" < {letter}'
    return await run("sh", "-c", command, "-", binary, "-C", str(settings), *more, "--", people.citizen)


async def test_msmtp_sends_by_every_mechanism_it_has(server: Server, people: Pair, tmp_path: Path) -> None:
    ways = [
        (auth, starttls) for auth in ("plain", "login", "scram-sha-256", "on") for starttls in (True, False)
    ]
    for auth, starttls in ways:
        ended = await msmtp(server, people, tmp_path, auth, starttls=starttls)
        assert ended.status == 0, ended.said
    received = await asyncio.to_thread(inbox, server, people.citizen)
    assert len(received) == len(ways)


async def test_msmtp_asks_to_be_told_and_is(server: Server, people: Pair, tmp_path: Path) -> None:
    ended = await msmtp(
        server, people, tmp_path, "plain", "--dsn-notify=success,failure", "--dsn-return=headers"
    )
    assert ended.status == 0, ended.said
    said = told(await next_report(server, people.doctor))
    assert "Action: delivered" in said
    assert people.citizen in said


CURL = [
    ("smtps", "submissions", ()),
    ("smtp", "submission", ("--ssl-reqd",)),
    ("smtp", "submission", ("--ssl-reqd", "--login-options", "AUTH=PLAIN")),
    ("smtp", "submission", ("--ssl-reqd", "--login-options", "AUTH=LOGIN")),
    ("smtps", "submissions", ("--login-options", "AUTH=PLAIN", "--sasl-ir")),
]


async def test_curl_sends_by_every_way(server: Server, people: Pair, tmp_path: Path) -> None:
    curl = program("curl")
    for number, (scheme, listener, more) in enumerate(CURL):
        letter = a_letter(people.doctor, people.citizen, message_id=f"<{number}@curl>")
        (tmp_path / "letter").write_bytes(letter)
        ended = await run(
            curl, f"{scheme}://localhost:{server.ports[listener]}/client.example", *more, "--verbose",
            "--cacert", str(server.house.authority), "--user", f"{people.doctor}:{PASSWORD}",
            "--mail-from", people.doctor, "--mail-rcpt", people.citizen,
            "--upload-file", str(tmp_path / "letter"),
        )  # fmt: skip
        assert ended.status == 0, ended.said
        assert "< 250 2.0.0 Accepted as " in ended.said
        received = await asyncio.to_thread(inbox, server, people.citizen)
        assert received[number + 1].endswith(letter)


async def test_curl_may_have_one_refused_and_send_to_the_others(
    server: Server, people: Pair, tmp_path: Path
) -> None:
    (tmp_path / "letter").write_bytes(a_letter(people.doctor, people.citizen, message_id="<1@curl>"))
    ended = await run(
        program("curl"), f"smtps://localhost:{server.ports['submissions']}", "--mail-rcpt-allowfails",
        "--cacert", str(server.house.authority), "--user", f"{people.doctor}:{PASSWORD}", "--verbose",
        "--mail-from", people.doctor, "--mail-rcpt", "personne@cabinet.mssante.fr",
        "--mail-rcpt", people.citizen, "--upload-file", str(tmp_path / "letter"),
    )  # fmt: skip
    assert ended.status == 0, ended.said
    assert "< 550 5.1.1 [MSS-ADR-3] " in ended.said
    assert len(await asyncio.to_thread(inbox, server, people.citizen)) == 1


async def test_nodemailer_sends_a_batch(server: Server, people: Pair) -> None:
    node = program("node")
    if (await run(node, "--eval", "require('nodemailer')")).status != 0:
        pytest.skip("nodemailer is not in NODE_PATH")
    ports = (str(server.ports["submission"]), str(server.ports["submissions"]))
    script = str(Path(__file__).with_name("nodemailer_night.cjs"))
    ended = await run(
        node, script, *ports, people.doctor, PASSWORD, people.citizen, str(server.house.authority)
    )
    assert ended.status == 0, ended.said
    assert len(await asyncio.to_thread(inbox, server, people.citizen)) == 13
    report = await next_report(server, people.doctor)
    assert "Original-Envelope-Id: nuit-7" in told(report)


def with_dsn(server: Server, people: Pair, password: str) -> None:
    with smtplib.SMTP("localhost", server.ports["submission"], timeout=PATIENCE) as client:
        client.starttls(context=server.tls())
        client.login(people.doctor, password)
        assert client.has_extn("dsn")
        letter = a_letter(people.doctor, people.citizen, message_id="<1@smtplib>")
        wish = ["NOTIFY=SUCCESS,FAILURE", f"ORCPT=rfc822;{people.citizen.upper()}"]
        options = ["BODY=8BITMIME", "RET=HDRS", "ENVID=Nuit+2B7"]
        assert client.sendmail(people.doctor, people.citizen, letter, options, wish) == {}


def requiring_tls(server: Server, people: Pair) -> None:
    with smtplib.SMTP("localhost", server.ports["submission"], timeout=PATIENCE) as client:
        client.ehlo()
        assert not client.has_extn("requiretls")
        client.starttls(context=server.tls())
        client.login(people.doctor, PASSWORD)
        assert client.has_extn("requiretls")
        letter = a_letter(people.doctor, people.citizen, message_id="<tls@smtplib>")
        assert client.sendmail(people.doctor, people.citizen, letter, ["REQUIRETLS"]) == {}


async def test_what_requires_tls_is_kept_as_such(server: Server, people: Pair) -> None:
    await asyncio.to_thread(requiring_tls, server, people)
    traced = server.house.command("trace", "<tls@smtplib>", "--json").json()
    assert isinstance(traced, list)
    assert [one["tls"] for one in traced] == ["required"]


async def test_a_device_sends_with_its_own_password_and_is_told(server: Server, people: Pair) -> None:
    made = server.house.command("device", "add", people.doctor, "tablette", "--json").json()
    assert isinstance(made, dict)
    password = str(made["password"])
    await asyncio.to_thread(with_dsn, server, people, password)
    said = told(await next_report(server, people.doctor))
    assert "Original-Envelope-Id: Nuit+7" in said
    assert f"Original-Recipient: rfc822;{people.citizen.upper()}" in said
    async with aiosmtplib_client(server) as client:
        await client.login(people.doctor, password)
        letter = a_letter(people.doctor, people.citizen, message_id="<1@aiosmtplib>")
        await client.sendmail(people.doctor, [people.citizen], letter, rcpt_options=["NOTIFY=NEVER"])
    assert len(await asyncio.to_thread(inbox, server, people.citizen)) == 2
    assert server.house.command("device", "remove", people.doctor, "tablette").status == 0
    async with aiosmtplib_client(server) as client:
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await client.login(people.doctor, password)


class BinarySender(smtplib.SMTP):
    """Python's own client, whose messages go by BDAT as they are: no library at hand sends BINARYMIME."""

    def chunks(self, message: bytes) -> int:
        """The code of the last reply; those before it are 250."""
        code = 250
        for at in range(0, len(message), 65_536):
            chunk = message[at : at + 65_536]
            last = " LAST" if at + len(chunk) == len(message) else ""
            assert code == 250
            self.putcmd("BDAT", f"{len(chunk)}{last}")
            self.send(chunk)
            code, _ = self.getreply()
        return code


def binary(server: Server, people: Pair, octets: bytes) -> None:
    letter = EmailMessage(policy=SMTP_POLICY)
    letter["From"], letter["To"], letter["Message-ID"] = people.doctor, people.citizen, "<binaire@smtplib>"
    letter.set_content("Bonjour")
    letter.add_attachment(b"HERE", "application", "pdf", filename="radio.pdf", cte="7bit")
    head, encoding, rest = letter.as_bytes().rpartition(b"Encoding: 7bit")
    whole = head + encoding.replace(b"7bit", b"binary") + rest.replace(b"HERE", octets)
    with BinarySender("localhost", server.ports["submission"], timeout=PATIENCE) as client:
        client.starttls(context=server.tls())
        client.login(people.doctor, PASSWORD)
        assert client.has_extn("binarymime")
        for _ in range(2):  # the second time it is known
            assert client.mail(people.doctor, [f"SIZE={len(whole)}", "BODY=BINARYMIME"])[0] == 250
            assert client.rcpt(people.citizen)[0] == 250
            assert client.chunks(whole) == 250


async def test_a_file_sent_without_any_encoding_is_read_as_it_was(server: Server, people: Pair) -> None:
    octets = b"%PDF-1.7\n" + bytes(range(256)) * 2_000 + b"\r\n.\r\n\n\r%%EOF"
    await asyncio.to_thread(binary, server, people, octets)
    (letter,) = (await asyncio.to_thread(inbox, server, people.citizen)).values()
    *_, part = message_from_bytes(letter).walk()
    assert part["Content-Transfer-Encoding"] == "base64"
    assert part.get_payload(decode=True) == octets
