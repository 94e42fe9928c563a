"""Who was turned away by TLS because of his certificate, until he was told why. domain.md §6.

An alert says a number and ends the connection: whoever looks after that server finds nothing to mend in it.
So his address is remembered, and the next connection from there is one where no certificate is asked for:
TLS begins, nobody can be believed, and MAIL is answered with the sentence. It is said once in a while only,
and is for now (4yz): somebody else may stand behind that address, whose mail must not come back.
"""

from collections import OrderedDict
from typing import Final, NamedTuple

from vaguemestre.net.operators import Fault

_MOST: Final = 1024  # addresses, some 200 octets each: more than there are operators
_LASTS: Final = 86_400.0  # seconds; mail that is refused for now is tried again within hours
_QUIET: Final = 900.0  # seconds after a telling: what neighbours behind one address lose is one attempt


class _Last(NamedTuple):
    fault: Fault | None  # None: told
    at: float


class TurnedAway:
    """Of one door. Times are the event loop's, in seconds."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, _Last] = OrderedDict()

    def note(self, address: str, fault: Fault, now: float) -> None:
        """A handshake has just ended by that; nothing when somebody there was told a moment ago."""
        last = self._last.get(address)
        if last is not None and last.fault is None and now - last.at < _QUIET:
            return
        self._put(address, _Last(fault, now))

    def take(self, address: str, now: float) -> Fault | None:
        """What somebody there is to be told, who is told it now; None when there is nothing to tell."""
        last = self._last.get(address)
        if last is None or last.fault is None or now - last.at > _LASTS:
            return None
        self._put(address, _Last(None, now))
        return last.fault

    def _put(self, address: str, last: _Last) -> None:
        self._last[address] = last
        self._last.move_to_end(address)
        if len(self._last) > _MOST:
            self._last.popitem(last=False)
