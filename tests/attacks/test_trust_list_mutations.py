"""A signed list with octets changed, cut out or put in anywhere: refused, or the same list. domain.md §6.

What may change without harm is what the signature does not speak of: spaces inside a tag, and the like.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, pinned_by

from vaguemestre.mail.trust_list import TrustEntry
from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import TrustListRefused
from vaguemestre.trust.reader import read_list

OTHER = ("patient.mssante.fr", 'CN=autre.example,OU=1990000001,O="A, B & C",C=FR')
MARKUP = [b"<", b">", b"&", b"&amp;", b"&#97;", b"<!---->", b"<x/>", b"<?x?>", b"]]>", b"<![CDATA[a]]>"]
OTHERS = [
    b"",
    b"\0",
    b" ",
    b'"',
    b"/",
    b"=",
    b"xmlns:a='b' ",
    b"<Nom>evil.fr</Nom>",
    b"\xef\xbb\xbf",
    b"\xff",
]
PIECES = st.sampled_from(MARKUP + OTHERS)

Entries = list[tuple[TrustEntry, ...]]


@pytest.fixture(scope="module")
def good(health_pki: HealthPki) -> bytes:
    return a_signed_list(health_pki, [A_HOSPITAL, OTHER], NOON)


@pytest.fixture(scope="module")
def entries_of(health_pki: HealthPki) -> Callable[[bytes], Entries | None]:
    pinned = pinned_by(health_pki)

    def read(octets: bytes) -> Entries | None:
        try:
            found = read_list(octets, pinned, NOON, fresh=True)
        except TrustListRefused:
            return None
        assert not found.skipped
        return [found.trust_list.entries_of(domain) for domain in found.trust_list.domains()]

    return read


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_changed_anywhere_no_other_list_is_read(
    good: bytes, entries_of: Callable[[bytes], Entries | None], data: st.DataObject
) -> None:
    begins = data.draw(st.integers(0, len(good)))
    ends = min(len(good), begins + data.draw(st.sampled_from([0, 0, 1, 2, 5, 40, 400])))
    changed = good[:begins] + data.draw(PIECES | st.binary(max_size=3)) + good[ends:]
    assert entries_of(changed) in (None, entries_of(good))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_moved_anywhere_no_other_list_is_read(
    good: bytes, entries_of: Callable[[bytes], Entries | None], data: st.DataObject
) -> None:
    tags = [at for at in range(len(good)) if good[at : at + 1] == b"<"]
    one, two, to = (data.draw(st.sampled_from(tags)) for _ in range(3))
    piece = good[min(one, two) : max(one, two)]
    copied = good[:to] + piece + good[to:]
    moved = copied.replace(piece, b"", 1) if piece and data.draw(st.booleans()) else copied
    assert entries_of(moved) in (None, entries_of(good))
