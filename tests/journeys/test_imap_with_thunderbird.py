"""Thunderbird itself, without a window, reads, flags, files, moves and deletes, over TLS, compressed."""

from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR
from tests.support.imap_door import PASSWORD, an_open_door, pki
from tests.support.letters import a_letter
from tests.support.thunderbird import Json, Thunderbird, a_thunderbird

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 800
SUBJECTS = [f"Lettre {n}" for n in range(1, 7)]
LETTERS = [
    a_letter(DOCTOR, CITIZEN, subject=subject, message_id=f"<{n}@a.fr>", attachments=(("é.pdf", PDF),))
    for n, subject in enumerate(SUBJECTS)
]
DAY = Path(__file__).with_name("thunderbird_day.js").read_text()


async def part(thunderbird: Thunderbird, name: str, **given: Json) -> Json:
    answer = await thunderbird.script(DAY, name, given)
    assert isinstance(answer, dict)
    assert "wrong" not in answer, answer
    return answer["found"]


async def test_a_day_with_thunderbird(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    (tmp_path / "letter").write_bytes(LETTERS[4])
    authority = "".join(pki().authority.read_text().splitlines()[1:-1])
    async with (
        an_open_door(tmp_path / "server") as opened,
        opened.client(signed_in=DOCTOR) as client,
        a_thunderbird(tmp_path) as thunderbird,
    ):
        for letter in LETTERS[:4]:
            assert b" OK " in await client.append("INBOX", letter)
        found = await part(
            thunderbird,
            "signIn",
            port=opened.tls_port,
            user=DOCTOR,
            password=PASSWORD,
            authority=authority,
            wanted=SUBJECTS[:4],
        )
        assert found == {
            "names": ["INBOX", "Conversations closes", "Drafts", "Junk", "Sent", "Trash"],
            "uses": {"sent": "Sent", "drafts": "Drafts", "trash": "Trash", "junk": "Junk"},
        }
        octets = await part(thunderbird, "read", subject="Lettre 2")
        assert isinstance(octets, str)
        assert octets.encode("latin-1") == LETTERS[1]
        await part(thunderbird, "sort", letter=str(tmp_path / "letter"))
        await client.ask("SELECT INBOX")
        assert (await client.ask("FETCH 1:* (UID FLAGS)"))[:-1] == [
            b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n",
            b"* 2 FETCH (UID 2 FLAGS (\\Flagged $label1))\r\n",
        ]
        for mailbox in ("Trash", "Sent", '"&AMk-t&AOk-"'):
            assert b" (MESSAGES 1)" in (await client.ask(f"STATUS {mailbox} (MESSAGES)"))[0]
        # What another client does shows when the list of messages is read again.
        assert b" OK " in await client.append("INBOX", LETTERS[5])
        await client.ask("STORE 1 +FLAGS (\\Deleted)")
        await client.ask("EXPUNGE")
        await part(thunderbird, "look", wanted=["Lettre 2", "Lettre 6"])
