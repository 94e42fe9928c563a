"""Nothing of a message stands in clear on disk or in the log, whatever became of it. domain.md §3.

Every file of the house is searched, while a message is half received too, for sentences of subject, text,
file name and attachment: as they stand, and in the three ways that base64 can write them.
"""

import asyncio
import imaplib
import quopri
import re
import secrets
from base64 import b64encode
from email.header import Header

from tests.support.journey import PASSWORD, PATIENCE, House, Server, a_server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import by_smtplib, imaplib_client, inbox

DOCTOR, CITIZEN = pair(0).doctor, pair(0).citizen
SUBJECT = "Glycemie inattendue au controle"
TEXT = "Le caryotype de Monsieur Exemple demande une seconde lecture."
FILE_NAME = "oncologie-pavillon-sud.pdf"
INSIDE = b"une lesion de quatorze millimetres au lobe superieur"
IDENTIFIER = "<identifiant-unique-7f3a@cabinet.mssante.fr>"
REFUSED = "une phrase refusee avec son programme"
HALF = "une phrase qui n'a jamais eu de point final"
APPENDED = "un brouillon qui ne partira pas ce soir"
REASON = "plainte numero 4711 du service"

INS = re.compile(rb"\d{5}(?:\d\d|2[AB])\d{8}")


def base64_forms(sentence: bytes) -> list[bytes]:
    """What stands in a base64 text that holds the sentence, wherever it begins."""
    forms = []
    for shift in range(3):
        whole = b64encode(b"\0" * shift + sentence)
        forms.append(whole[4 if shift else 0 : len(whole) // 4 * 4 - 4][:24])
    return forms


def traces() -> dict[bytes, str]:
    """What must not be found, and what it is."""
    texts = (SUBJECT, TEXT, FILE_NAME, IDENTIFIER, REFUSED, HALF, APPENDED)
    sentences = [text.encode() for text in texts] + [INSIDE]
    found = {sentence: sentence.decode() for sentence in sentences}
    for sentence in sentences:
        found.update({form: f"{sentence.decode()} (base64)" for form in base64_forms(sentence)})
        found.setdefault(quopri.encodestring(sentence)[:40], f"{sentence.decode()} (quoted-printable)")
    found[Header(SUBJECT, "utf-8").encode().encode()[:40]] = f"{SUBJECT} (header)"
    found[PASSWORD.encode()] = "the password"
    return found


def searched(server: Server) -> int:
    """Every file of the house and the log, read and found clean; how many octets there were."""
    wanted = traces()
    octets = 0
    files = [path for path in server.house.folder.rglob("*") if path.is_file()]
    for path in [*files, server.log_file]:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue  # a spool that has just been filed
        octets += len(content)
        for trace, what in wanted.items():
            assert trace not in content, f"{what} stands in {path.relative_to(server.house.folder.parent)}"
    log = server.log_file.read_bytes()
    assert INS.search(log) is None, "an INS stands whole in the log"
    assert DOCTOR.encode() not in log
    return octets


def test_the_search_would_find_what_it_looks_for() -> None:
    letter = the_letter()
    found = {what for trace, what in traces().items() if trace in letter}
    assert {SUBJECT, TEXT, FILE_NAME, IDENTIFIER, f"{INSIDE.decode()} (base64)"} <= found


def the_letter() -> bytes:
    pdf = b"%PDF-1.7\n" + INSIDE + secrets.token_bytes(3_000_000) + INSIDE
    return a_letter(
        DOCTOR,
        CITIZEN,
        subject=SUBJECT,
        text=TEXT,
        message_id=IDENTIFIER,
        attachments=((FILE_NAME, pdf), ("notes.txt.pdf", b"%PDF-1.7\n" + INSIDE * 3)),
    )


async def half_a_message(server: Server, large: bool) -> asyncio.StreamWriter:
    """A client that has begun DATA and stops in the middle."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.ports["submissions"], ssl=server.tls(), server_hostname="localhost"
    )
    plain = b64encode(f"\0{DOCTOR}\0{PASSWORD}".encode()).decode()
    for command in (
        "EHLO x",
        f"AUTH PLAIN {plain}",
        f"MAIL FROM:<{DOCTOR}>",
        f"RCPT TO:<{CITIZEN}>",
        "DATA",
    ):
        writer.write(f"{command}\r\n".encode())
    async with asyncio.timeout(PATIENCE):
        while not (await reader.readline()).startswith(b"354 "):
            pass
        writer.write(f"From: {DOCTOR}\r\nSubject: {SUBJECT}\r\n\r\n{HALF}\r\n".encode())
        spool = server.house.folder / "spool"
        while large and not any(path.stat().st_size for path in spool.glob("*/*")):
            writer.write(HALF.encode() + secrets.token_hex(200).encode() + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)
        await writer.drain()
    return writer


def a_day(server: Server) -> None:
    """Everything that may happen to a message."""
    letter = the_letter()
    assert by_smtplib(server, DOCTOR, CITIZEN, letter).code == 250
    program = a_letter(DOCTOR, CITIZEN, text=REFUSED, attachments=(("a.pdf", b"MZ\x90\0" * 100_000),))
    assert by_smtplib(server, DOCTOR, CITIZEN, program).code == 550
    answer = a_letter(CITIZEN, DOCTOR, text=TEXT, answers=IDENTIFIER, message_id="<r@x.fr>")
    assert by_smtplib(server, CITIZEN, DOCTOR, answer).code == 250
    with imaplib_client(server, CITIZEN) as client:
        client.select("INBOX")
        client.uid("FETCH", "1", "(ENVELOPE BODYSTRUCTURE BODY[])")
        client.uid("SEARCH", "BODY", '"caryotype"')
        client.uid("COPY", "1", "Trash")
        draft = a_letter(CITIZEN, DOCTOR, text=APPENDED, attachments=((FILE_NAME, INSIDE * 4_000),))
        assert client.append("Drafts", "(\\Draft)", "", draft)[0] == "OK"
    leaver = imaplib.IMAP4_SSL("localhost", server.ports["imaps"], ssl_context=server.tls())
    leaver.login(CITIZEN, PASSWORD)
    leaver.send(b"x APPEND Drafts {900000}\r\n")
    leaver.readline()
    leaver.send(APPENDED.encode() * 5_000)
    leaver.shutdown()  # in the middle of the literal
    server.house.command("inspect", CITIZEN, "--content", "1", "--reason", REASON)


async def test_nothing_stands_in_clear_after_a_day_and_while_a_message_comes(house: House) -> None:
    with a_server(house, VAGUEMESTRE_LOG__LEVEL="debug") as server:
        await asyncio.to_thread(a_day, server)
        writers = [await half_a_message(server, large) for large in (False, True)]
        assert (house.folder / "vaguemestre.db-wal").exists()
        assert searched(server) > 3_000_000
        for writer in writers:
            writer.transport.abort()
        assert len(inbox(server, CITIZEN)) == 2  # the letter, and the notice of the inspection
        assert server.stop() == 0
    assert "message_accepted" in server.log
    assert "Traceback" not in server.log
    assert searched(server) > 3_000_000
    assert not list(house.folder.glob("spool/*"))
