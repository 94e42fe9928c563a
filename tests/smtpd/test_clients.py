"""Clients that people use, over real TLS: aiosmtplib, the standard library's smtplib, swaks."""

import asyncio
import shutil
import smtplib
import ssl
from email.message import EmailMessage

import aiosmtplib
import pytest
from tests.support.letterbox import CLAIRE, PASSWORD
from tests.support.smtp_door import PATIENCE, OpenDoor, an_open_door, client_context, pki

CITIZEN = "279035121518989@patient.mssante.fr"


def a_message(text: str = "Bonjour,\n.\n..\nÀ bientôt\n") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = CLAIRE, CITIZEN, "Compte rendu"
    message.set_content(text)
    message.add_attachment(b"%PDF-1.7\n" + b"\0\xff" * 50_000, "application", "pdf", filename="cr.pdf")
    return message


@pytest.mark.parametrize("tls", [True, False], ids=["submissions", "starttls"])
async def test_aiosmtplib_sends_ten_messages_over_one_connection(tls: bool) -> None:
    async with an_open_door(require_tls=True) as opened:
        client = aiosmtplib.SMTP(
            hostname="localhost",
            port=opened.tls_port if tls else opened.port,
            use_tls=tls,
            start_tls=not tls,
            tls_context=client_context(),
            timeout=PATIENCE,
        )
        async with client:
            await client.login(CLAIRE, PASSWORD)
            for number in range(10):
                errors, said = await client.send_message(a_message())
                assert not errors
                assert said == f"2.0.0 Kept as number {number + 1}"
        sizes = {letter.size for letter in opened.letterbox.kept}
        assert len(opened.letterbox.kept) == 10
        assert min(sizes) > 130_000
        assert {letter.protocol for letter in opened.letterbox.kept} == {"ESMTPSA"}


async def test_aiosmtplib_is_told_why() -> None:
    async with an_open_door(require_tls=True) as opened:
        client = aiosmtplib.SMTP(
            hostname="localhost",
            port=opened.tls_port,
            use_tls=True,
            tls_context=client_context(),
            timeout=PATIENCE,
        )
        async with client:
            with pytest.raises(aiosmtplib.SMTPAuthenticationError) as wrong:
                await client.login(CLAIRE, "wrong")
            assert (wrong.value.code, wrong.value.message[:5]) == (535, "5.7.8")
            await client.login(CLAIRE, PASSWORD)
            with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
                await client.sendmail(CLAIRE, ["nobody@example.org"], b"x")
            with pytest.raises(aiosmtplib.SMTPResponseException) as large:
                await client.sendmail(CLAIRE, [CITIZEN], b"x" * 1_000_001)
            assert large.value.code == 552


def by_smtplib(opened: OpenDoor, context: ssl.SSLContext) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("localhost", opened.port, timeout=PATIENCE) as client:
        client.starttls(context=context)
        client.login(CLAIRE, PASSWORD)
        return client.send_message(a_message(), to_addrs=[CITIZEN, "nobody@example.org"])


async def test_smtplib_sends_and_is_told_of_the_recipient_that_is_not() -> None:
    async with an_open_door(require_tls=True) as opened:
        refused = await asyncio.to_thread(by_smtplib, opened, client_context())
        assert refused["nobody@example.org"][0] == 550
        assert [str(recipient) for recipient in opened.letterbox.kept[0].envelope.recipients] == [CITIZEN]


@pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")
@pytest.mark.parametrize(
    "how",
    [["--tls"], ["--tls-on-connect"], ["--tls", "--auth", "LOGIN"], ["--tls", "--pipeline"]],
    ids=" ".join,
)
async def test_swaks_sends(how: list[str]) -> None:
    async with an_open_door(require_tls=True) as opened:
        port = opened.tls_port if "--tls-on-connect" in how else opened.port
        process = await asyncio.create_subprocess_exec(
            "swaks", "--server", f"127.0.0.1:{port}", "--from", CLAIRE, "--to", CITIZEN,
            "--auth-user", CLAIRE, "--auth-password", PASSWORD, "--tls-ca-path", str(pki().authority),
            *([] if "--auth" in how else ["--auth", "PLAIN"]), *how,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0, said.decode(errors="replace")
        assert len(opened.letterbox.kept) == 1
        assert b"This is a test mailing" in opened.letterbox.kept[0].octets
