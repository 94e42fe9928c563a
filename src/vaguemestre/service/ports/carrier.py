"""What sending needs of the network: a session with whoever receives a domain's mail. domain.md §6."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from vaguemestre.smtp.client_commands import Mailing
from vaguemestre.smtp.client_replies import PeerReply


class Unreachable(Exception):  # noqa: N818 (an answer of the world, not a fault)
    """Nobody takes mail for that domain, now or, when ``is_final``, as its own records say, at all.

    ``reply`` is what is told of it; it names no host.
    """

    def __init__(self, reply: PeerReply, *, is_final: bool = False) -> None:
        super().__init__(reply.text)
        self.reply = reply
        self.is_final = is_final


class HungUp(Exception):  # noqa: N818 (as above)
    """The session ended before this message was answered for. ``reply``: what was said of it, if anything.

    ``is_sudden``: without a word, as when the other side fell over what we sent.
    """

    def __init__(self, reply: PeerReply, *, is_sudden: bool) -> None:
        super().__init__(reply.text)
        self.reply = reply
        self.is_sudden = is_sudden


class CarrierSession(Protocol):
    """One connection, for one message after another."""

    @property
    def reports(self) -> bool:
        """Whether the other side takes over what the sender wishes to be told."""
        ...

    @property
    def keeps_time(self) -> bool:
        """Whether the other side takes over by when a message is to be delivered."""
        ...

    async def send(
        self, mailing: Mailing, content: Callable[[], AsyncIterator[bytes]]
    ) -> tuple[PeerReply, ...]:
        """What was said of each recipient, in their order. Raises HungUp; what ``content`` raises too, and
        the message was not sent then."""
        ...


class Carrier(Protocol):
    """Who finds the servers, connects, and believes them or not."""

    def session(self, destination: str) -> AbstractAsyncContextManager[CarrierSession]:
        """Entering raises Unreachable."""
        ...
