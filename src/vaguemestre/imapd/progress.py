"""A word now and then while a command takes long. RFC 9585 §4.

No client is to take silence for a failure. How far the command is, is not said: most of these wait for one
transaction, which knows of no half. FETCH says nothing, because it sends its answer in pieces, and a line
between two of them would be taken for a part of a message.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from vaguemestre.imap import codes, responses
from vaguemestre.imapd.session import ClientSession

MAY_TAKE_LONG: Final = frozenset(
    {"APPEND", "COPY", "EXPUNGE", "MOVE", "REPLACE", "SEARCH", "SORT", "STORE", "THREAD"}
)
"""Whether by number or by UID. They write whole lines only."""


@contextmanager
def reported(session: ClientSession, name: str) -> Iterator[None]:
    """Around a command of that name (``UID SEARCH``) while it is run."""
    if name.removeprefix("UID ") not in MAY_TAKE_LONG:
        yield
        return
    report = _Report(session)
    try:
        yield
    finally:
        report.end()


class _Report:
    def __init__(self, session: ClientSession) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._timer = self._due()

    def _due(self) -> asyncio.TimerHandle:
        return self._loop.call_later(self._session.shared.limits.progress_every, self._tell)

    def _tell(self) -> None:
        out = self._session.out
        if out.stalled_since is None:  # who does not read has enough to read
            out.write(responses.ok(None, "Still at work", codes.inprogress(self._session.tag)))
            out.flush()
        self._timer = self._due()

    def end(self) -> None:
        self._timer.cancel()
