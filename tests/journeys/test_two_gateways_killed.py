"""Either gateway killed in the middle of a load: what was answered 250 arrives, and once. RFC 5321 §6.1.

The hospital's is killed while it sends, then the citizens' while it receives. ``VAGUEMESTRE_LETTERS`` says
how many letters; a thousand take some minutes.
"""

import os
import smtplib
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import pytest
from tests.support.journey import PASSWORD, PATIENCE, Server
from tests.support.letters import a_letter
from tests.support.mail_clients import inbox, spoken
from tests.support.operators import DOCTORS, PATIENTS, TrustedSpace, a_trusted_space

LETTERS = int(os.environ.get("VAGUEMESTRE_LETTERS", "120"))
LARGE = b"%PDF-1.7\n" + bytes(range(256)) * 400  # every tenth letter is an object of its own


@pytest.fixture
def space_of_its_own(gateways: Path, tmp_path: Path) -> TrustedSpace:
    return a_trusted_space(tmp_path, gateways)


@dataclass
class Load:
    """The letters that are still to be accepted, and those that were; the moments when to strike."""

    to_send: list[int] = field(default_factory=lambda: list(range(LETTERS)))
    accepted: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, sender: int) -> int | None:
        """One of this sender's."""
        with self.lock:
            mine = [number for number in self.to_send if number % len(DOCTORS) == sender]
            if mine:
                self.to_send.remove(mine[0])
            return mine[0] if mine else None

    def give_back(self, number: int) -> None:
        """There was no answer: it is sent again."""
        with self.lock:
            self.to_send.append(number)

    def until(self, count: int) -> None:
        """Until so many were accepted."""
        end = monotonic() + PATIENCE + LETTERS / 4
        while len(self.accepted) < count:
            assert monotonic() < end, len(self.accepted)
            sleep(0.005)


def letter(number: int) -> bytes:
    """The same octets each time."""
    sender, recipient = DOCTORS[number % len(DOCTORS)], PATIENTS[number % len(PATIENTS)]
    pdf = (("cr.pdf", LARGE),) if number % 10 == 0 else ()
    named = f"<{number}@charge>"
    return a_letter(sender, recipient, subject=f"Lettre {number}", message_id=named, attachments=pdf)


def keep_sending(server: Server, load: Load, sender: int, octets: dict[int, bytes]) -> None:
    """Until nothing is left, or the connection breaks."""
    while (number := load.next(sender)) is not None:
        try:
            with smtplib.SMTP("localhost", server.ports["submission"], timeout=PATIENCE) as client:
                client.starttls(context=server.tls())
                client.login(DOCTORS[sender], PASSWORD)
                while number is not None:
                    recipient = PATIENTS[number % len(PATIENTS)]
                    said = spoken(client, DOCTORS[sender], [recipient], octets[number])
                    assert said.code == 250, said
                    load.accepted.add(number)
                    number = load.next(sender)
        except (OSError, smtplib.SMTPException):
            if number is not None:
                load.give_back(number)
            if server.process.poll() is not None:
                return


def arrived(citizens: Server) -> Counter[int]:
    """How often each letter is there, octet for octet below what gateways put on top."""
    return Counter(
        int(octets.partition(b"Subject: Lettre ")[2].split()[0])
        for patient in PATIENTS
        for octets in inbox(citizens, patient).values()
    )


def until_all_are_there(citizens: Server) -> Counter[int]:
    end = monotonic() + PATIENCE + LETTERS / 4
    while True:
        found = arrived(citizens)
        if len(found) == LETTERS:
            return found
        assert monotonic() < end, LETTERS - len(found)
        sleep(0.2)


def test_every_accepted_letter_arrives_once_whoever_is_killed(space_of_its_own: TrustedSpace) -> None:
    space, load = space_of_its_own, Load()
    octets = {number: letter(number) for number in range(LETTERS)}

    def begin(pool: ThreadPoolExecutor, server: Server) -> None:
        for sender in range(len(DOCTORS)):
            pool.submit(keep_sending, server, load, sender, octets)

    with ThreadPoolExecutor(len(DOCTORS)) as first, space.citizens.up() as citizens:
        with space.hospital.up() as hospital:
            begin(first, hospital)
            load.until(LETTERS // 3)
            while not arrived(citizens):
                sleep(0.01)
            hospital.kill()
        first.shutdown()
        with ThreadPoolExecutor(len(DOCTORS)) as second, space.hospital.up() as hospital:
            begin(second, hospital)
            load.until(2 * LETTERS // 3)
            citizens.kill()
            with space.citizens.up() as citizens_again:
                second.shutdown()
                assert load.accepted == set(range(LETTERS))
                found = until_all_are_there(citizens_again)
                assert set(found.values()) == {1}, "filed twice"
                texts = [text for who in PATIENTS for text in inbox(citizens_again, who).values()]
                for number, sent in octets.items():
                    assert any(text.endswith(sent) for text in texts), number
                assert citizens_again.stop() == 0
            assert hospital.stop() == 0
