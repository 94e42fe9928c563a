"""What was sealed opens, and nothing else does."""

import os
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.vault import ReadOctets, SealOctets

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.vault import SealBrokenError, SealedBody
from vaguemestre.vault.vault import SealedVault

CHUNK = 65_536
SIZES = [
    0,
    1,
    2,
    511,
    512,
    513,
    CHUNK - 1,
    CHUNK,
    CHUNK + 1,
    2 * CHUNK - 1,
    2 * CHUNK,
    2 * CHUNK + 1,
    9 * CHUNK,
]
together = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def octets_of(size: int, compressible: bool) -> bytes:
    return (b"Compte rendu de consultation. " * (size // 30 + 1))[:size] if compressible else os.urandom(size)


@pytest.mark.parametrize("compressible", [True, False])
@pytest.mark.parametrize("size", SIZES)
async def test_what_was_sealed_opens_at_every_threshold(
    vault: SealedVault, sealed: SealOctets, read: ReadOctets, size: int, compressible: bool
) -> None:
    octets = octets_of(size, compressible)
    body = await sealed(vault, octets)
    assert body.size == size
    assert (body.octets is None) == (size > CHUNK) == (body.location is not None)
    assert await read(vault, body) == octets
    assert vault.open_card(body) == b"card"


@together
@given(
    size=st.one_of(st.sampled_from(SIZES), st.integers(0, 4 * CHUNK)),
    piece=st.integers(1_000, 200_000),
    start=st.integers(0, 5 * CHUNK),
    length=st.one_of(st.none(), st.integers(0, 3 * CHUNK)),
    compressible=st.booleans(),
)
async def test_any_stretch_of_any_size_fed_in_any_pieces_is_what_it_was(
    vault: SealedVault,
    sealed: SealOctets,
    read: ReadOctets,
    size: int,
    piece: int,
    start: int,
    length: int | None,
    compressible: bool,
) -> None:
    octets = octets_of(size, compressible)
    body = await sealed(vault, octets, piece=piece)
    end = None if length is None else start + length
    assert await read(vault, body, start, length) == octets[start:end]
    await vault.discard([body])


def changed(octets: bytes, at: int) -> bytes:
    return octets[:at] + bytes([octets[at] ^ 1]) + octets[at + 1 :]


async def test_no_octet_of_a_small_body_or_card_can_be_changed(
    vault: SealedVault, sealed: SealOctets, read: ReadOctets
) -> None:
    for octets in (b"court", b"Bonjour, bonjour. " * 40):
        body = await sealed(vault, octets, card=b"une carte")
        assert body.octets is not None
        for at in range(len(body.octets)):
            with pytest.raises(SealBrokenError):
                await read(vault, replace(body, octets=changed(body.octets, at)))
        for at in range(len(body.card)):
            with pytest.raises(SealBrokenError):
                vault.open_card(replace(body, card=changed(body.card, at)))


async def test_a_value_cut_short_is_broken(vault: SealedVault, sealed: SealOctets, read: ReadOctets) -> None:
    body = await sealed(vault, b"court")
    assert body.octets is not None
    for length in range(len(body.octets)):
        with pytest.raises(SealBrokenError):
            await read(vault, replace(body, octets=body.octets[:length]))


@pytest.mark.parametrize("size", [100, 3 * CHUNK])
async def test_a_body_opens_only_under_its_own_identity(
    vault: SealedVault, sealed: SealOctets, read: ReadOctets, now: datetime, size: int
) -> None:
    body = await sealed(vault, octets_of(size, True), BalId(1))
    other = await sealed(vault, octets_of(size, True), BalId(2))
    same = await sealed(vault, octets_of(size, True), BalId(1))
    swaps = [
        replace(body, id=BodyId(bytes(16))),
        replace(body, bal=other.bal),
        replace(body, id=same.id),
        replace(body, size=size - 1),
        replace(body, octets=same.octets, wrapped_key=same.wrapped_key, location=same.location),
    ]
    for swap in swaps:
        with pytest.raises(SealBrokenError):
            await read(vault, swap)
    with pytest.raises(SealBrokenError):
        vault.open_card(replace(body, card=same.card))
    if body.octets is not None:
        with pytest.raises(SealBrokenError):
            vault.open_card(replace(body, card=body.octets))  # a purpose is bound too


async def test_cards_open_in_bulk_in_their_order(vault: SealedVault, sealed: SealOctets) -> None:
    bodies = [await sealed(vault, b"x", BalId(n % 3 + 1), card=b"card %d" % n) for n in range(20)]
    assert vault.open_cards(bodies) == [b"card %d" % n for n in range(20)]
    assert vault.open_cards([]) == []


async def test_two_seals_of_one_spool_share_nothing(
    vault: SealedVault, read: ReadOctets, now: datetime
) -> None:
    octets = octets_of(5 * CHUNK, True)
    spool = vault.spool()
    spool.feed(octets)
    bodies: list[SealedBody] = [await vault.seal(BalId(n), spool, b"card", now) for n in (1, 2, 3)]
    spool.discard()
    spool.discard()
    assert len({body.location for body in bodies}) == 3
    assert [await read(vault, body) for body in bodies] == [octets] * 3
    await vault.discard(bodies[:1])
    assert await read(vault, bodies[1]) == octets
