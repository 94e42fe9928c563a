"""Many IMAP connections, each of which sends a command once the one before was answered.

Runs as a process of its own, ``python -m benchmarks.dialogues``, as the submissions' load does. One thread
watches all the sockets: a client in Python must be as light as it can, or it is the client that is measured.
"""

import json
import random
import re
import selectors
import sys
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache

from benchmarks import letters
from benchmarks.reading import Imap
from benchmarks.servers import PASSWORD, Server, in_a_process

_PATIENCE = 60  # seconds for one answer: slower than that is broken, not slow
_APPENDUID = re.compile(rb"APPENDUID \d+ (\d+)")


_letter = cache(letters.letter)


class Work(StrEnum):
    """What is asked, again and again."""

    BODIES = "bodies"
    FLAGS = "flags"
    APPENDS = "appends"


@dataclass(frozen=True, slots=True)
class Talk:
    """So many operations in all, or so many seconds, whichever ends first.

    ``addresses`` sign in, one a connection; each INBOX but for APPENDS holds ``letters`` of them. Another
    ``round`` draws other letters.
    """

    port: int
    work: Work
    addresses: list[str]
    letters: int
    operations: int
    seconds: float
    round: int


@dataclass(frozen=True, slots=True)
class Talked:
    """How many operations were done, in how many seconds."""

    operations: int
    seconds: float


@dataclass(slots=True)
class _Conversation:
    """One connection: what it sends next, and whether the answer was right."""

    imap: Imap
    talk: Talk
    address: str
    draw: random.Random
    flagged: set[int] = field(default_factory=set)
    uid: int = 0
    last: bytes = b""
    answer: bytes = b""

    def command(self) -> bytes:
        """The next one."""
        number = self.draw.randrange(self.talk.letters)
        if self.talk.work is Work.APPENDS:
            self.last = _letter(number, self.talk.letters, self.address)
            return b"APPEND INBOX {%d+}\r\n%s" % (len(self.last), self.last)
        self.uid = number + 1
        if self.talk.work is Work.BODIES:
            return b"UID FETCH %d BODY.PEEK[]" % self.uid
        sign = b"-" if self.uid in self.flagged else b"+"
        self.flagged ^= {self.uid}  # every operation changes something
        return b"UID STORE %d %bFLAGS (\\Flagged)" % (self.uid, sign)

    def verify(self, answer: bytes) -> None:
        """RuntimeError when the answer is not the one expected."""
        self.answer = answer
        match self.talk.work:
            case Work.BODIES:
                right = _letter(self.uid - 1, self.talk.letters, self.address) in answer
            case Work.FLAGS:
                right = (b"\\Flagged" in answer) == (
                    self.uid in self.flagged
                ) and b"UID %d" % self.uid in answer
            case Work.APPENDS:
                right = b"APPENDUID" in answer
        if not right:
            raise RuntimeError(f"{self.talk.work}: {answer[:200]!r}")

    def verify_all(self) -> None:
        """Once the clock has stopped: what another session finds. Flags are taken off again."""
        with Imap(self.talk.port, self.address, PASSWORD) as other:
            other.run("SELECT INBOX")
            if self.talk.work is Work.FLAGS:
                line = b"".join(other.run("UID SEARCH FLAGGED"))
                if set(map(int, re.findall(rb"\d+", line))) != self.flagged:
                    raise RuntimeError("STORE: another session finds other flags")
                other.run("UID STORE 1:* -FLAGS.SILENT (\\Flagged)")
            if self.talk.work is Work.APPENDS and self.answer:
                (uid,) = _APPENDUID.findall(self.answer)
                if self.last not in other.run(f"UID FETCH {int(uid)} BODY.PEEK[]"):
                    raise RuntimeError("APPEND: the message was not found as it was sent")


def run(talk: Talk) -> Talked:
    """The whole of it; every answer was the expected one, or RuntimeError."""
    conversations = []
    for number, address in enumerate(talk.addresses):
        imap = Imap(talk.port, address, PASSWORD)
        if talk.work is not Work.APPENDS:
            imap.run("SELECT INBOX")
        draw = random.Random(talk.round * 1_000 + number)  # noqa: S311 (which letter, not a secret)
        conversations.append(_Conversation(imap, talk, address, draw))
        if talk.work is not Work.FLAGS:
            for which in range(talk.letters):
                _letter(which, talk.letters, address)  # made before the clock starts
    talked = _talk(conversations, talk)
    for conversation in conversations:
        conversation.verify_all()
    return talked


def _talk(conversations: list[_Conversation], talk: Talk) -> Talked:
    begun = done = 0
    with selectors.DefaultSelector() as selector:
        for conversation in conversations:
            selector.register(conversation.imap, selectors.EVENT_READ, conversation)
        start = time.perf_counter()
        end = start + talk.seconds
        for conversation in conversations:
            conversation.imap.begin(conversation.command())
            begun += 1
        while done < begun:
            if not (ready := selector.select(_PATIENCE)):
                raise RuntimeError(f"{talk.work}: no answer in {_PATIENCE} seconds")
            for key, _ in ready:
                conversation = key.data
                answer = conversation.imap.hear()
                if answer is None:
                    continue
                done += 1
                conversation.verify(answer)
                if begun < talk.operations and time.perf_counter() < end:
                    conversation.imap.begin(conversation.command())
                    begun += 1
        return Talked(done, time.perf_counter() - start)


async def talked(server: Server, talk: Talk) -> tuple[float, float]:
    """In a process of its own: operations a second, and the server's milliseconds of CPU for each."""
    before = server.cpu()
    out = await in_a_process("benchmarks.dialogues", asdict(talk))
    measured = Talked(**json.loads(out))
    return measured.operations / measured.seconds, (server.cpu() - before) / measured.operations * 1000


if __name__ == "__main__":
    order = json.load(sys.stdin)
    json.dump(asdict(run(Talk(**order | {"work": Work(order["work"])}))), sys.stdout)
