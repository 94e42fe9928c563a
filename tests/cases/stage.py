"""What the cases are played on: whole servers in this process, real TLS doors, and a clock to move.

People submit with aiosmtplib and read with IMAPClient, each with an account made when first named, at the
operator whose domain it is. The answer to a letter is made from what IMAP shows of that letter, as a mail
client makes it.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import SMTP, default
from pathlib import Path
from typing import Final, TypeVar

import aiosmtplib
from tests.cases.house import PASSWORD, House, a_house
from tests.cases.mail_client import MailClient
from tests.cases.people import Person
from tests.cases.space import THERE, USUAL, meet

from vaguemestre.app import App

_HOPS: Final = 3  # a letter to another operator, what that one answers, and what becomes of the answer

T = TypeVar("T")


class StoryClock:
    """The real time, and what the story has let pass."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The story's present moment."""
        return datetime.now(UTC) + self._ahead

    def pass_(self, delay: timedelta) -> None:
        """Let time go by."""
        self._ahead += delay


@dataclass(frozen=True, slots=True)
class Said:
    """What the server said at the end of a submission: the reply that decided."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter before it has an identifier; ``signed`` and ``envelope`` when it claims to be another's."""

    subject: str
    to: tuple[Person, ...]
    cc: tuple[Person, ...] = ()
    reply_to: Person | None = None
    signed: Person | None = None
    envelope: Person | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[tuple[str, bytes], ...] = ()
    wants_receipt: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """A message as IMAP shows it: where, its flags, its header."""

    folder: str
    uid: int
    flags: frozenset[str]
    subject: str
    sender: str
    sent_by: str
    message_id: str
    references: str


@dataclass
class Stage:
    """One case: its operator's server, and another operator's once it says so; its own, or shared.

    ``said`` is the last reply, ``last`` the last letter and whom it was for; ``waiting`` holds one whose
    recipients were accepted and whose octets are to come. ``written`` holds the identifiers by subject.
    ``common`` is what the furnished folder holds for both.
    """

    here: House
    common: Path
    clock: StoryClock
    up: AsyncExitStack
    there: House | None = None
    said: Said | None = None
    waiting: tuple[aiosmtplib.SMTP, bytes] | None = None
    last: tuple[tuple[Person, ...], bytes] | None = None
    written: dict[str, str] = field(default_factory=dict)
    _letters: int = 0

    @property
    def app(self) -> App:
        """The server of this page's operator, which is up."""
        return self.here.app

    @property
    def houses(self) -> tuple[House, ...]:
        """Every operator's."""
        return (self.here,) if self.there is None else (self.here, self.there)

    def home(self, person: Person) -> House:
        """Whose somebody's mailbox is."""
        if not person.is_there:
            return self.here
        assert self.there is not None, f"no case has said yet where {person.address} is"
        return self.there

    def again(self, *, is_alone: bool) -> "Stage":
        """The same servers for another case; ``is_alone``: nobody in it is at the other operator."""
        return Stage(self.here, self.common, self.clock, self.up, None if is_alone else self.there)

    async def meet_another_operator(self) -> None:
        """Another operator's server is up, and both know one another; no more when it was there already."""
        if self.there is None:
            folder = self.here.folder.with_name("there")
            opening = a_house(self.common / "there", folder, THERE, self.clock)
            self.there = await self.up.enter_async_context(opening)
            await meet(self.common, self.here, self.there)

    def next_number(self) -> int:
        """Another one each time: no two letters of a case are the same."""
        self._letters += 1
        return self._letters

    async def account(self, person: Person) -> None:
        """Make the account of somebody who is named for the first time."""
        await self.home(person).account(person)

    def compose(self, sender: Person, letter: Letter) -> bytes:
        """The octets of a letter, with an identifier of its own."""
        message = EmailMessage(policy=SMTP)
        message["From"] = (letter.signed or sender).address
        message["To"] = ", ".join(person.address for person in letter.to)
        if letter.cc:
            message["Cc"] = ", ".join(person.address for person in letter.cc)
        if letter.reply_to is not None:
            message["Reply-To"] = letter.reply_to.address
        message["Subject"] = letter.subject
        message["Message-ID"] = self.written[letter.subject] = f"<{self.next_number()}.{sender.address}>"
        if letter.wants_receipt:
            message["Disposition-Notification-To"] = sender.address
        for name, value in letter.headers:
            message[name] = value
        message.set_content(f"Bonjour,\n\n{letter.subject}\n")
        for name, octets in letter.attachments:
            message.add_attachment(octets, maintype="application", subtype="octet-stream", filename=name)
        return message.as_bytes()

    async def submit(self, sender: Person, letter: Letter) -> Said:
        """Sign in and submit; the first reply that refuses, or the last."""
        if await self.begin(sender, letter):
            await self.finish()
        assert self.said is not None
        return self.said

    async def begin(self, sender: Person, letter: Letter) -> bool:
        """As far as the recipients; whether all of them were accepted. What is on its way has come."""
        await self.carry()
        recipients = (*letter.to, *letter.cc)
        for person in (sender, *recipients, *((letter.reply_to,) if letter.reply_to else ())):
            await self.account(person)
        octets = self.compose(sender, letter)
        return await self._begin(sender, recipients, octets, letter.envelope)

    async def repeat(self, sender: Person) -> None:
        """The last letter once more, octet for octet."""
        assert self.last is not None
        if await self._begin(sender, *self.last):
            await self.finish()

    async def _begin(
        self, sender: Person, recipients: tuple[Person, ...], octets: bytes, envelope: Person | None = None
    ) -> bool:
        self.last = (recipients, octets)
        client = self.home(sender).submission()
        await client.connect()
        try:
            await client.login(sender.address, PASSWORD)
            await client.mail((envelope or sender).address)
            for person in recipients:
                await client.rcpt(person.address)
        except aiosmtplib.SMTPResponseException as refused:
            self.said = Said(refused.code, refused.message)
            client.close()
            return False
        self.waiting = (client, octets)
        return True

    async def finish(self) -> None:
        """The octets of the letter that was begun."""
        assert self.waiting is not None, "nothing was begun"
        client, octets = self.waiting
        self.waiting = None
        try:
            answer = await client.data(octets)
            self.said = Said(answer.code, answer.message)
        except aiosmtplib.SMTPResponseException as refused:
            self.said = Said(refused.code, refused.message)
        finally:
            client.close()

    async def with_imap(
        self, person: Person, act: Callable[[MailClient], T], holder: Person | None = None
    ) -> T:
        """Let somebody do something with an IMAP client, when what is on its way to him has come."""
        await self.carry()
        return await self.home(person).with_imap(person, act, holder)

    async def read(self, person: Person, holder: Person | None = None) -> list[Read]:
        """Everything somebody's mailboxes hold, or those of ``holder`` that he may open, the newest last."""
        return await self.with_imap(person, _everything, holder)

    async def found(self, person: Person, subject: str) -> Read:
        """The newest message with that subject; the server's own notices say it in two languages."""
        found = [read for read in await self.read(person) if is_subject(read.subject, subject)]
        assert found, f"{person.address} has no «{subject}»: {[r.subject for r in await self.read(person)]}"
        return found[-1]

    async def reports(self, person: Person) -> list[tuple[str, str]]:
        """Of each report that somebody has: the identifier of what it is about, and what it says."""
        return await self.with_imap(person, _reports)

    async def pass_(self, delay: timedelta) -> None:
        """Let time go by, and what is due then happen."""
        await self.carry()
        self.clock.pass_(delay)
        await self.settle()

    async def carry(self) -> None:
        """Let what is on its way between operators come."""
        if self.there is not None:
            await self.settle()

    async def settle(self) -> None:
        """Let the background jobs do what is due."""
        for _ in range(_HOPS if self.there is not None else 1):
            if not any([await house.settle() for house in self.houses]):
                break


def is_subject(shown: str, subject: str) -> bool:
    """Whether that is the subject meant; a notice of the server says «français / English»."""
    return shown == subject or shown.startswith(f"{subject} / ")


def _everything(client: MailClient) -> list[Read]:
    found = []
    for flags, _, folder in client.list_folders():
        if b"\\Noselect" not in flags:
            client.select_folder(folder, readonly=True)
            found += _folder(client, folder)
    return found


def _folder(client: MailClient, folder: str) -> list[Read]:
    uids = client.search("ALL")
    if not uids:
        return []
    fetched = client.fetch(uids, ["FLAGS", "BODY.PEEK[HEADER]"])
    return [_read(folder, uid, fetched[uid]) for uid in sorted(fetched)]


def _text(part: Message) -> str:
    if part.get_content_maintype() == "message":  # fields, not text: RFC 8098 §3.1
        return "".join(map(str, part.get_payload()))
    payload = b"" if part.is_multipart() else part.get_payload(decode=True)
    return payload.decode() if isinstance(payload, bytes) else ""


def _reports(client: MailClient) -> list[tuple[str, str]]:
    client.select_folder("INBOX", readonly=True)
    fetched = client.fetch(uids, ["BODY.PEEK[]"]) if (uids := client.search("ALL")) else {}
    found = []
    for data in fetched.values():
        octets = data[b"BODY[]"]
        assert isinstance(octets, bytes)
        message = BytesParser(policy=default).parsebytes(octets)
        if message.get_content_type() == "multipart/report":
            found.append((str(message["In-Reply-To"]), "".join(map(_text, message.walk()))))
    return found


def _read(folder: str, uid: int, data: Mapping[bytes, object]) -> Read:
    flags, octets = data[b"FLAGS"], data[b"BODY[HEADER]"]
    assert isinstance(flags, tuple)
    assert isinstance(octets, bytes)
    header = BytesParser(policy=default).parsebytes(octets, headersonly=True)
    return Read(
        folder,
        uid,
        frozenset(flag.decode() for flag in flags),
        str(header["Subject"]),
        str(header["From"]),
        str(header["Sender"] or ""),
        str(header["Message-ID"]),
        str(header["References"] or ""),
    )


@asynccontextmanager
async def a_stage(pristine: Path, folder: Path) -> AsyncIterator[Stage]:
    """A server of its own on a copy of a furnished folder."""
    clock = StoryClock()
    async with AsyncExitStack() as up:
        here = await up.enter_async_context(a_house(pristine / "here", folder / "here", USUAL, clock))
        await here.start({})
        yield Stage(here, pristine, clock, up)
