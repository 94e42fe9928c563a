"""Lists are verified apart from the sessions: ``service.ports.trust_list.TrustListReader``. domain.md §6.

XML libraries hold Python's lock for as long as they like: 5 MB verified in a thread stopped every session for
140 ms. So a large list is verified by a process of its own, which is given the octets and what to trust, and
no more: no settings, no environment. It hands back entries, a line each, and its memory goes with it.
"""

import asyncio
import base64
import json
import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from vaguemestre.mail.distinguished_name import DistinguishedName, parse_name
from vaguemestre.mail.trust_list import TrustEntry, TrustList
from vaguemestre.service.ports.trust_list import ListFault, Skipped, TrustListRefused, VerifiedList
from vaguemestre.trust.outline import LARGEST
from vaguemestre.trust.reader import read_list
from vaguemestre.trust.signature import Pinned

_SMALL: Final = 128 * 1024  # octets: a thread holds the lock for 3 ms with these
_PATIENCE: Final = 60.0  # seconds; 10,000 entries take one, with the start of the process
_LOWEST: Final = 19
_LINES: Final = 50  # of an answer, in half a millisecond
_MEMORY: Final = 1024 * 1024 * 1024  # octets of address space; 5 MB of list take 180 MB


class ApartReader:
    """Takes what one signer signed, and nothing else."""

    def __init__(self, pinned: Pinned, small: int = _SMALL) -> None:
        self._pinned = pinned
        self._small = small

    async def read(self, octets: bytes, now: datetime, *, fresh: bool) -> VerifiedList:
        """The list. Raises TrustListRefused; OSError when no process can be had."""
        if len(octets) <= self._small or len(octets) > LARGEST:  # too large is refused without a look
            return await asyncio.to_thread(read_list, octets, self._pinned, now, fresh=fresh)
        asked = _Asked(self._pinned, now, fresh).line + octets
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                answer, _ = await process.communicate(asked)
        except TimeoutError:
            raise OSError("verifying the list took too long") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise OSError(f"the process that verifies the list ended with {process.returncode}")
        return await asyncio.to_thread(_answered, answer)


class _Asked:
    """What the other process is told: one line, before the octets."""

    def __init__(self, pinned: Pinned, now: datetime, fresh: bool) -> None:
        pem = b"".join(one.public_bytes(Encoding.PEM) for one in pinned.authorities).decode()
        told = [pinned.subject.text, pinned.issuer.text, pem, now.isoformat(), fresh]
        self.line = json.dumps(told).encode() + b"\n"


def main() -> None:
    """Verify what comes in, and say what it holds; sessions go first."""
    os.nice(_LOWEST)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(_PATIENCE), int(_PATIENCE)))
    subject, issuer, pem, now, fresh = json.loads(sys.stdin.buffer.readline())
    authorities = tuple(x509.load_pem_x509_certificates(pem.encode()))
    pinned = Pinned(parse_name(subject), parse_name(issuer), authorities)
    try:
        found = read_list(sys.stdin.buffer.read(), pinned, datetime.fromisoformat(now), fresh=fresh)
    except TrustListRefused as refused:
        lines: Iterable[object] = [[refused.fault, refused.sentence.fr, refused.sentence.en]]
    else:
        lines = _lines(found)
    sys.stdout.writelines(f"{json.dumps(line)}\n" for line in lines)


def _lines(found: VerifiedList) -> Iterator[object]:
    """What it is; names that are new as they come; entries, by the number of their name."""
    ours = found.trust_list
    skipped = [[one.domain, one.reason] for one in found.skipped]
    signed_by = base64.b64encode(found.signed_by).decode()
    yield [ours.generated_at.isoformat(), found.signer, found.signed_until.isoformat(), signed_by, skipped]
    numbers: dict[str, int] = {}
    for domain in ours.domains():
        for entry in ours.entries_of(domain):
            key = entry.subject.key
            name = None if key in numbers else [entry.subject.text, key]
            number = numbers.setdefault(key, len(numbers))
            updated = None if entry.updated_at is None else entry.updated_at.isoformat()
            yield [entry.domain, number, name, entry.description, updated]


def _answered(answer: bytes) -> VerifiedList:
    """A line at a time, and Python's lock let go now and then: unasked, it is kept for 5 ms."""
    lines = iter(answer.splitlines())
    first = json.loads(next(lines, b"[]"))
    if len(first) == 3:
        fault, french, english = first
        raise TrustListRefused(ListFault(fault), french, english)
    generated_at, signer, signed_until, signed_by, skipped = first
    names: list[DistinguishedName] = []

    def entry(numbered: tuple[int, bytes]) -> TrustEntry:
        at, line = numbered
        if at % _LINES == 0:
            time.sleep(0)
        domain, number, name, description, updated = json.loads(line)
        if name is not None:
            names.append(DistinguishedName(*name))
        moment = None if updated is None else datetime.fromisoformat(updated)
        return TrustEntry(domain, names[number], description, moment)

    ours = TrustList(datetime.fromisoformat(generated_at), map(entry, enumerate(lines)))
    told = tuple(Skipped(*one) for one in skipped)
    until = datetime.fromisoformat(signed_until)
    return VerifiedList(ours, told, signer, until, base64.b64decode(signed_by))


if __name__ == "__main__":
    main()
