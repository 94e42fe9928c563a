"""What a real authority stamps is believed by its pinned root, and nothing else is. RFC 3161."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.time_stamping import StampingHouse, a_stamping_house, listening, openssl

from vaguemestre.net.tls import CertificateError
from vaguemestre.service.ports.time_stamps import StampInvalid
from vaguemestre.stamping.authority import StampingAuthority

OCTETS = b"vaguemestre audit anchor 1\nline: 7\n"
TST_INFO = "1.2.840.113549.1.9.16.1.4"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> StampingHouse:
    return a_stamping_house(tmp_path_factory.mktemp("stamping") / "house")


@pytest.fixture
def house(made: StampingHouse) -> Iterator[StampingHouse]:
    with listening(StampingHouse(made.folder)) as opened:
        yield opened


def authority(house: StampingHouse) -> StampingAuthority:
    return StampingAuthority(house.url, house.root)


async def test_a_stamp_is_verified_by_us_and_by_openssl(house: StampingHouse, tmp_path: Path) -> None:
    stamp = await authority(house).stamp(OCTETS)
    assert abs(stamp.at - datetime.now(UTC)) < timedelta(hours=1)
    assert authority(house).verified(stamp.token, OCTETS) == stamp.at
    (tmp_path / "anchor").write_bytes(OCTETS)
    (tmp_path / "anchor.tsr").write_bytes(stamp.token)
    files = ("-data", "anchor", "-in", "anchor.tsr", "-CAfile", str(house.root))
    openssl(tmp_path, "ts", "-verify", *files)


async def test_what_is_sent_is_a_digest(house: StampingHouse) -> None:
    await authority(house).stamp(OCTETS)
    assert OCTETS[:20] not in (house.folder / "query").read_bytes()


async def test_a_stamp_of_other_octets_or_of_another_authority_does_not_hold(
    house: StampingHouse, tmp_path: Path
) -> None:
    stamp = await authority(house).stamp(OCTETS)
    with pytest.raises(StampInvalid, match="Mismatch"):
        authority(house).verified(stamp.token, OCTETS + b"x")
    other = StampingAuthority("", a_stamping_house(tmp_path / "other").root)
    assert not other.can_ask
    with pytest.raises(StampInvalid):
        other.verified(stamp.token, OCTETS)
    both = tmp_path / "both.pem"
    both.write_bytes((tmp_path / "other" / "root.pem").read_bytes() + house.root.read_bytes())
    assert StampingAuthority("", both).verified(stamp.token, OCTETS) == stamp.at


async def test_whatever_was_changed_in_a_token_or_cut_from_it_is_no_stamp(house: StampingHouse) -> None:
    token = (await authority(house).stamp(OCTETS)).token
    digest = token.index(bytes.fromhex("0609608648016503040201")) + 20  # in the digest that is stamped
    signature = len(token) - 5
    for place in (digest, signature):
        changed = bytearray(token)
        changed[place] ^= 1
        with pytest.raises(StampInvalid):
            authority(house).verified(bytes(changed), OCTETS)
    for cut in (b"", b"hello", token[:-1], token[: len(token) // 2], token * 2):
        with pytest.raises(StampInvalid):
            authority(house).verified(cut, OCTETS)


async def test_a_certificate_of_that_authority_that_is_for_mail_stamps_nothing(house: StampingHouse) -> None:
    await authority(house).stamp(OCTETS)
    openssl(house.folder, "ts", "-reply", "-token_out", "-in", "answer", "-out", "token")
    said = ("-inform", "DER", "-in", "token", "-noverify", "-out", "info")
    openssl(house.folder, "cms", "-verify", "-CAfile", "root.pem", *said)
    signer = ("-signer", "mail.pem", "-inkey", "mail.key", "-md", "sha256", "-cades", "-outform", "DER")
    whole = ("-binary", "-nodetach", "-econtent_type", TST_INFO)
    openssl(house.folder, "cms", "-sign", "-in", "info", *whole, *signer, "-out", "forged")
    token = bytes.fromhex("3003020100") + (house.folder / "forged").read_bytes()  # granted, it says
    with pytest.raises(StampInvalid, match="Unable to verify"):
        authority(house).verified(b"\x30\x82" + len(token).to_bytes(2) + token, OCTETS)


async def test_an_answer_to_another_question_is_not_taken(house: StampingHouse) -> None:
    house.replays = True
    asked = authority(house)
    await asked.stamp(OCTETS)
    with pytest.raises(StampInvalid, match="Nonce"):
        await asked.stamp(OCTETS)


async def test_an_authority_that_refuses_or_fails_gives_no_stamp(house: StampingHouse) -> None:
    house.digests = "sha512"  # we send another
    with pytest.raises(StampInvalid):
        await authority(house).stamp(OCTETS)
    house.status = 500
    with pytest.raises(OSError, match=r"gave no stamp: .*\b500\b"):
        await authority(house).stamp(OCTETS)
    house.status, address = 200, house.url.rpartition(":")[0]
    with pytest.raises(OSError, match=r"gave no stamp: .*Connection refused$"):
        await StampingAuthority(f"{address}:1/", house.root).stamp(OCTETS)


async def test_an_authority_that_wants_a_password_gets_it_and_over_tls_alone(house: StampingHouse) -> None:
    house.password = "un mot de passe: é"
    with pytest.raises(OSError, match="401"):
        await authority(house).stamp(OCTETS)
    known = ("vaguemestre", house.password)
    await StampingAuthority(house.url, house.root, known).stamp(OCTETS)
    with pytest.raises(OSError, match="only https"):
        await StampingAuthority("http://tsa.example/", house.root, known).stamp(OCTETS)


def test_whoever_is_to_be_believed_must_be_an_authority(house: StampingHouse, tmp_path: Path) -> None:
    for file in (tmp_path / "missing.pem", house.folder / "stamps.pem"):
        with pytest.raises(CertificateError):
            StampingAuthority(house.url, file)
