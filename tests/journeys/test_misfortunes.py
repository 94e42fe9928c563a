"""Locked and full: 45z while it lasts, never a 250 that is not true, and then the server goes on."""

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.journey import PATIENCE, House, Server, a_server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import by_smtplib, imaplib_client, inbox

DOCTOR, CITIZEN = pair(0).doctor, pair(0).citizen


async def test_a_database_locked_for_too_long_defers_and_nothing_is_lost_or_doubled(house: House) -> None:
    first, second, third = (a_letter(DOCTOR, CITIZEN, message_id=f"<{n}@x.fr>") for n in range(3))
    with a_server(house) as server:
        assert by_smtplib(server, DOCTOR, CITIZEN, first).code == 250
        with imaplib_client(server, CITIZEN) as reader:
            reader.select("INBOX")
            with closing(sqlite3.connect(house.folder / "vaguemestre.db", isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                said, stored, listed = await asyncio.gather(
                    asyncio.to_thread(by_smtplib, server, DOCTOR, CITIZEN, second),
                    asyncio.to_thread(reader.uid, "STORE", "1", "+FLAGS", "(\\Flagged)"),
                    asyncio.to_thread(inbox, server, CITIZEN),
                )
                assert (said.code, said.text[:6]) == (451, "4.3.0 ")
                assert "database" not in said.text.lower()
                assert (stored[0], stored[1][0][:13]) == ("NO", b"[UNAVAILABLE]")
                assert len(listed) == 1  # signing in and reading go on meanwhile
                other.execute("ROLLBACK")
            assert b"Flagged" not in reader.uid("FETCH", "1", "(FLAGS)")[1][0]
            assert reader.uid("STORE", "1", "+FLAGS", "(\\Seen)")[0] == "OK"
        assert by_smtplib(server, DOCTOR, CITIZEN, third).code == 250
        found = list(inbox(server, CITIZEN).values())
        assert [octets[-len(first) :] for octets in found] == [first, third]
        assert server.stop() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB, unmounted at the end."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("a small tmpfs needs root")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)], check=False)
    if done.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_defers_and_what_was_accepted_is_there(
    pristine: House, small_disk: Path, tmp_path: Path
) -> None:
    subprocess.run(["cp", "-a", str(pristine.folder), str(small_disk / "house")], check=True)
    house = House(small_disk / "house")
    accepted: list[bytes] = []
    refused: set[int] = set()
    with a_server(house, log_file=tmp_path / "log") as server:
        for number in range(60):
            noise = b"%PDF-1.7\n" + os.urandom(20_000 if number % 2 else 400_000)
            letter = a_letter(DOCTOR, CITIZEN, message_id=f"<{number}@x.fr>", attachments=(("a.pdf", noise),))
            said = by_smtplib(server, DOCTOR, CITIZEN, letter)
            if said.code == 250:
                accepted.append(letter)
            else:
                refused.add(said.code)
                assert said.text[:4] == "4.3.", said
        assert refused <= {451, 452}
        assert refused, "the disk never filled up"
        everything_is_there(server, accepted)
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        letter = a_letter(DOCTOR, CITIZEN, message_id="<after@x.fr>")
        assert by_smtplib(server, DOCTOR, CITIZEN, letter).code == 250
        everything_is_there(server, [*accepted, letter])
        assert server.stop(PATIENCE) == 0


def everything_is_there(server: Server, letters: list[bytes]) -> None:
    found = list(inbox(server, CITIZEN).values())
    assert [octets[-len(letter) :] for octets, letter in zip(found, letters, strict=True)] == letters
