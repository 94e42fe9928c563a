r"""Flags between their names and their bits. RFC 9051 §2.3.2; ``mail.mailbox.FlagSet`` has one bit a flag.

System flags a client may not set (\Recent) or that we do not know (\Foo) are passed over: RFC 9051 §6.4.6
lets a server ignore what is not permanent. Keywords compare without case and keep the case they came with.
"""

from collections.abc import Iterable
from typing import Final

from vaguemestre.mail.mailbox import FIRST_KEYWORD_BIT, SYSTEM_FLAGS, FlagSet

_SYSTEM_BITS: Final = {name.lower(): 1 << bit for bit, name in enumerate(SYSTEM_FLAGS)}


def split_flags(names: Iterable[str]) -> tuple[FlagSet, tuple[str, ...]]:
    """The bits of the system flags, and the keywords in their order, each once."""
    bits = 0
    keywords: dict[str, str] = {}
    for name in names:
        if name.startswith("\\"):
            bits |= _SYSTEM_BITS.get(name.lower(), 0)
        else:
            keywords.setdefault(name.lower(), name)
    return FlagSet(bits), tuple(keywords.values())


class _Printed(dict[int, bytes]):
    """Sets of flags already printed; a look-up that misses prints. The look-up that hits never leaves C."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, flags: int) -> bytes:
        names = (name for bit, name in enumerate(self._names) if flags >> bit & 1)
        printed = self[flags] = " ".join(names).encode("ascii")
        return printed


class FlagNames:
    """The names of one bal's flags; ``keywords`` in the order of their bits. Printing is cached by set."""

    __slots__ = ("_bits", "_names", "_printed")

    def __init__(self, keywords: Iterable[str] = ()) -> None:
        self._names = [*SYSTEM_FLAGS, *keywords]
        self._bits = {name.lower(): 1 << bit for bit, name in enumerate(self._names)}
        self._printed = _Printed(self._names)

    @property
    def keywords(self) -> tuple[str, ...]:
        """In the order of their bits."""
        return tuple(self._names[FIRST_KEYWORD_BIT:])

    def bit(self, name: str) -> FlagSet:
        """The bit of a flag, in any case; 0 when there is none: no message has it."""
        return FlagSet(self._bits.get(name.lower(), 0))

    def printed(self, flags: FlagSet) -> bytes:
        r"""``\Seen $Forwarded``, without parentheses. Bits without a name are passed over."""
        return self._printed[flags]

    def printed_column(self, many: Iterable[FlagSet]) -> list[bytes]:
        """``printed`` of many sets, in their order."""
        return list(map(self._printed.__getitem__, many))

    def all(self, without: frozenset[str] = frozenset()) -> bytes:
        """Every name but those, without parentheses: the untagged FLAGS of SELECT."""
        return " ".join(name for name in self._names if name not in without).encode("ascii")
