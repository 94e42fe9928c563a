"""The mailbox that is read: letters of 2 KB whose order by arrival, by date and by subject all differ.

Ten letters make a conversation. Everything a server is asked about them is computed here too, from the
numbers alone, so that its answers can be verified.
"""

from datetime import UTC, datetime, timedelta

from benchmarks.reading import Imap
from benchmarks.servers import PASSWORD, Server, sender

SIZE = 2_000
THREAD = 10

_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_STRIDE = 7_919  # a prime: it leads through every number once, in no order that anybody would guess
_AT_ONCE = 50  # letters in one APPEND (RFC 3502): the most that ours takes


def place(number: int, count: int) -> int:
    """Where a letter stands by date, and by subject, among so many; numbers begin at 0."""
    return number * _STRIDE % count


def letter(number: int, count: int, to: str) -> bytes:
    """Its octets, the same for every server."""
    rank = place(number, count)
    date = (_FIRST_DAY + timedelta(minutes=rank)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    root = number - number % THREAD
    above = "" if number == root else f"In-Reply-To: <{root}@bench>\r\nReferences: <{root}@bench>\r\n"
    head = (
        f"From: {sender(number % 16)}\r\nTo: {to}\r\nSubject: compte rendu {rank:08d}\r\n"
        f"Message-ID: <{number}@bench>\r\n{above}Date: {date}\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
    ).encode()
    line = f"Ligne de texte numero {number:08d} d'un courrier ordinaire, ni vide ni longue.\r\n".encode()
    return head + line * ((SIZE - len(head)) // len(line))


def fill(server: Server, to: str, count: int, mailbox: str = "INBOX") -> None:
    """A mailbox of so many letters, which get the UIDs from 1."""
    with Imap(server.imap, to, PASSWORD) as imap:
        for start in range(0, count, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, count))
            imap.append([letter(number, count, to) for number in numbers], mailbox)
        if (held := imap.messages(mailbox)) != count:
            raise RuntimeError(f"{server.name}: {held} letters of {count} were filed")
