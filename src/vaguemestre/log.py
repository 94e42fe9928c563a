"""Log lines: events in the past tense with keys, written to standard error, no person in them.

domain.md §3 (traces): addresses in logs are pseudonymised and an INS never appears whole. One processor
does it, last before the line is written, over every value and the event itself, free text and tracebacks
included: whoever adds a log line cannot forget it. Lines of libraries go through the same processor.

An address becomes ``[3f2a9c1d04]@domain``: a keyed digest, so that one mailbox can be followed through the
log, and so that nobody can find it again by trying the numbers of all births without the key.
"""

import hashlib
import json as json_text
import logging
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from vaguemestre.mail.ins import is_of_a_structure

# Whatever looks like local@domain, wider than RFC 5321 §4.1.2: a malformed address is somebody's too. The
# last form is what is left of a quoted local part when a stray quotation mark before it took its first half.
_ADDRESS = re.compile(
    r"""((?:"(?:[^"\\]|\\.)*"|[^\s<>()\[\],;:@"\\]+|[^\s@]{1,64}"))@([^\s<>()\[\],;:@"'\\]+)"""
)
# mail.ins has the shape; people also write it in groups: 1 91 07 00 000 022 43. No boundary is asked
# for, since a number glued to other characters is still somebody's.
_GAP = "[ \u00a0\u202f.-]?"
_INS = re.compile(
    f"([0-9]){_GAP}[0-9]{{2}}{_GAP}[0-9]{{2}}{_GAP}(?:[0-9]{{2}}|2[ABab]){_GAP}"
    f"[0-9]{{3}}{_GAP}[0-9]{{3}}{_GAP}([0-9]{{2}})"
)
_DIGEST = 5  # octets: 40 bits part a million mailboxes, and ten digits cannot be an INS
_SHORTEST = 15  # characters of an INS without gaps
# The same addresses come again and again: 4096 texts of 128 characters are half a megabyte of memory.
_KNOWN = 4096
_WORTH_KNOWING = 128
_FIRST = ("timestamp", "level", "event")

# Made once: a dumps with keywords makes an encoder a line. The pseudonymiser leaves it nothing unknown.
_encode = json_text.JSONEncoder(ensure_ascii=False).encode


class Pseudonymiser:
    """The processor. ``key`` makes the digests; keep it to compare lines across restarts."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(key, digest_size=32).digest()
        self._known = lru_cache(_KNOWN)(self._searched)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        """Every key and value of one line without persons; when, how grave and what come first."""
        first = {name: event.pop(name) for name in _FIRST if name in event}
        clean: EventDict = {name: self.value(value) for name, value in first.items() if name != "timestamp"}
        for name, value in event.items():
            clean[self.text(str(name))] = self.value(value)
        # The one value that is made here and by nobody else: no two are alike, so each would be searched.
        return {"timestamp": first["timestamp"], **clean} if "timestamp" in first else clean

    def text(self, text: str) -> str:
        """The same text, addresses digested and INS masked."""
        if "@" not in text and len(text) < _SHORTEST:
            return text
        return self._known(text) if len(text) <= _WORTH_KNOWING else self._searched(text)

    def _searched(self, text: str) -> str:
        if "@" in text:
            text = _ADDRESS.sub(self._address, text)
        return _INS.sub(_masked, text)

    def value(self, value: object) -> object:
        """Numbers and truths stay what they are, containers keep their shape, the rest becomes text."""
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return value if -(10**14) < value < 10**14 else self.text(str(value))
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes | bytearray):
            return self.text(bytes(value).decode("utf-8", "backslashreplace"))
        if isinstance(value, Mapping):
            return {self.text(str(name)): self.value(member) for name, member in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(member) for member in value]
        return self.text(str(value))

    def _address(self, match: re.Match[str]) -> str:
        address = match[0].lower().encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(address, key=self._key, digest_size=_DIGEST).hexdigest()
        return f"[{digest}]@{match[2]}"


def _masked(found: re.Match[str]) -> str:
    return found[0] if is_of_a_structure(found) else f"{found[1]}············{found[2]}"


def _as_json(logger: WrappedLogger, method: str, event: EventDict) -> str:
    return _encode(event)


def configure_logging(
    *, json: bool, level: str, key: bytes, stream: TextIO | None = None, for_good: bool = False
) -> None:
    """Send the log of this process to ``stream`` (standard error when not given).

    ``level`` is a name such as ``info``. ``for_good`` makes each logger faster, and deaf to another call.
    """
    stream = sys.stderr if stream is None else stream
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = _as_json if json else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    pseudonymise = Pseudonymiser(key)
    structlog.configure(
        processors=[*shared, pseudonymise, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=for_good,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, pseudonymise, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))  # libraries tell their chatter below warnings
