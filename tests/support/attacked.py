"""What must hold while a door is attacked: the others are served, and memory stays within bounds."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.imap_door import Client


async def unharmed(other: Client) -> None:
    """Another client, signed in, is answered."""
    answer = await other.ask("STATUS INBOX (MESSAGES)")
    assert answer[0].startswith(b"* STATUS INBOX "), answer
    assert answer[-1].endswith(b" OK STATUS completed\r\n"), answer


@contextmanager
def memory_within(octets: int) -> Iterator[None]:
    """What is allocated inside, by the client and the server together, is never more than this at once."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < octets, f"{peak:,} octets at once"
