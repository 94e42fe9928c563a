"""A trust list of 10,000 entries is verified and read: how long, how much memory, and who notices.

What sessions notice is told as the most CPU this process used between two turns of the loop, so that it means
the same on a busy machine; a process of its own does not count, a thread that keeps Python's lock does.
"""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Awaitable
from contextlib import suppress
from datetime import UTC, datetime

import psutil
from cryptography import x509
from lxml import etree
from signxml.signer import XMLSigner

from benchmarks.workshop import Figure, Workshop
from vaguemestre.cli.serve import settle
from vaguemestre.net.health_pki import HealthPki, make_health_pki
from vaguemestre.service.trust.subjects import issuer_of, subject_of
from vaguemestre.trust.apart import ApartReader
from vaguemestre.trust.outline import LARGEST
from vaguemestre.trust.reader import read_list
from vaguemestre.trust.signature import Pinned

_ENTRIES = 10_000
_OPERATORS = 700  # names of certificates: each stands for many domains
_ENTRY = """
        <Domaine>
            <Nom>domaine-{domain}.mssante.example</Nom>
            <Description>Domaine de messagerie fictif, pour mesurer le temps de lecture</Description>
            <DNCertificatOperateur>CN=smtp-{name}.operateur.example,OU=3{name:014d},\
O=OPERATEUR NUMERO {name},ST=Hauts-de-Seine (92),C=FR</DNCertificatOperateur>
            <ResponsableContact>01 00 00 00 00, contact@example.invalid</ResponsableContact>
            <SupportContact>01 00 00 00 00, contact@example.invalid</SupportContact>
            <DateMAJ>2026-06-07T10:24:42Z</DateMAJ>
        </Domaine>"""
_ROUNDS = 5
_TURN = 0.001  # seconds between two looks


async def trust(workshop: Workshop) -> list[Figure]:
    """Verify and read the same list here, in a thread, and apart."""
    now = datetime.now(UTC)
    pki = make_health_pki(workshop.folder / "health", now)
    octets, pinned = _signed(pki, workshop.count(_ENTRIES), now), _pinned(pki)
    seconds = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        found = read_list(octets, pinned, now, fresh=True)
        seconds.append(time.process_time() - began)
    if len(found.trust_list) != workshop.count(_ENTRIES):
        raise RuntimeError(f"{len(found.trust_list)} entries")
    settle()
    in_a_thread = await _hold(ApartReader(pinned, small=LARGEST).read(octets, now, fresh=True))
    began = time.perf_counter()
    reader = ApartReader(pinned)
    apart = await _hold(reader.read(octets, now, fresh=True))
    took = time.perf_counter() - began
    memory = await _memory_apart(reader.read(octets, now, fresh=True))
    held = await _memory_held(reader.read(octets, now, fresh=True))
    title = f"trust list of {len(found.trust_list):,} entries, {len(octets) / 1e6:.1f} MB"
    return [
        Figure(
            f"{title}, verified and read, CPU", "ms", sorted(seconds)[_ROUNDS // 2] * 1000, 0, False, "≤ 1000"
        ),
        Figure("the same apart, with its process", "ms", took * 1000, 0, False, ""),
        Figure("memory of that process, at most", "MiB", memory, 0, False, ""),
        Figure("memory of the list in force", "MiB", held, 0, False, ""),
        Figure("CPU between two turns of the loop, at most", "ms", apart * 1000, 0, False, "≤ 5"),
        Figure("the same in a thread", "ms", in_a_thread * 1000, 0, False, ""),
    ]


async def _hold(work: Awaitable[object]) -> float:
    """Seconds of CPU of this process before somebody who wants a turn got it, at most."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.process_time()
            await asyncio.sleep(_TURN)
            longest = max(longest, time.process_time() - began - _TURN)

    watching = asyncio.create_task(watch())
    await work
    watching.cancel()
    return longest


def _signed(pki: HealthPki, entries: int, now: datetime) -> bytes:
    listed = "".join(_ENTRY.format(domain=number, name=number % _OPERATORS) for number in range(entries))
    octets = f"""<ListeBlancheMSSante xmlns="https://listeblanche.mssante.fr/schema">
    <DateDeGeneration>{now:%Y-%m-%dT%H:%M:%SZ}</DateDeGeneration>
    <ListeDomaines>{listed}</ListeDomaines>
</ListeBlancheMSSante>"""
    signer, shown = (
        XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"),
        pki.shown("list-signer"),
    )
    root = signer.sign(etree.fromstring(octets), key=shown.key.read_bytes(), cert=[shown.read])
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _pinned(pki: HealthPki) -> Pinned:
    signer = pki.shown("list-signer").read
    authorities = tuple(x509.load_pem_x509_certificates(pki.authorities.read_bytes()))
    return Pinned(subject_of(signer), issuer_of(signer), authorities)


async def _memory_apart(work: Awaitable[object]) -> float:
    """MiB that a process started for it ever had."""
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            for child in psutil.Process().children():
                with suppress(psutil.Error):
                    most = max(most, child.memory_info().rss)
            await asyncio.sleep(_TURN)

    watching = asyncio.create_task(watch())
    await work
    watching.cancel()
    return most / 2**20


async def _memory_held(work: Awaitable[object]) -> float:
    """MiB that are left of it in Python's hands."""
    tracemalloc.start()
    held = await work
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del held
    return size / 2**20
