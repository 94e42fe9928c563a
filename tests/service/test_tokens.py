"""Access tokens of a provider on loopback: real keys, real HTTP. domain.md §5, RFC 7628."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.identity_provider import CLIENT, IdentityProvider, an_identity_provider
from tests.support.readers import let
from tests.support.world import World, a_world

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.net.http import get
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.sign_in.outcome import Channel, ProviderUnavailable, SignedIn, SignInRefused
from vaguemestre.service.sign_in.tokens import Provider, Tokens

RPPS = "10003456786"
TLS = Channel("imap", "192.0.2.7", b"e" * 32)


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with an_identity_provider() as provider:
        yield provider


@pytest.fixture
async def world(tmp_path: Path, provider: IdentityProvider) -> AsyncIterator[World]:
    trusted = Provider(provider.issuer, frozenset({CLIENT}), "SubjectNameID")
    async with a_world(tmp_path, tokens=lambda clock: Tokens(trusted, get, clock)) as world:
        await world.accounts.add(AccountRequest(parse_address(DOCTOR), BalKind.PER, rpps=RPPS), "test")
        await world.bal(OTHER_DOCTOR)
        yield world


async def sign_in(world: World, token: str, user: str = DOCTOR, mechanism: str = "OAUTHBEARER") -> SignedIn:
    exchange = world.authentication.begin(mechanism, TLS)
    head = f"n,a={user}," if mechanism == "OAUTHBEARER" else f"user={user}"
    step = await exchange.step(f"{head}\x01auth=Bearer {token}\x01\x01".encode())
    if isinstance(step, bytes):
        assert json.loads(step)["status"] == "invalid_token"
        step = await exchange.step(b"\x01")
    assert isinstance(step, SignedIn)
    return step


def a_token(world: World, provider: IdentityProvider, **claims: object) -> str:
    return provider.token(world.clock.now().timestamp(), **{"SubjectNameID": RPPS, **claims})


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
async def test_the_holder_signs_in(world: World, provider: IdentityProvider, mechanism: str) -> None:
    signed_in = await sign_in(world, a_token(world, provider), mechanism=mechanism)
    assert str(signed_in.bal.address) == DOCTOR
    await sign_in(world, a_token(world, provider, azp=None, aud=["other", CLIENT]), mechanism=mechanism)
    assert len(provider.asked) == 2  # the keys were fetched once


@pytest.mark.parametrize(
    "claims",
    [
        {"SubjectNameID": "10003456794"},
        {"SubjectNameID": None},
        {"SubjectNameID": 10003456786},
        {"iss": "https://elsewhere.example"},
        {"azp": "another-program"},
        {"exp": 0},
        {"exp": None},
    ],
)
async def test_a_token_that_is_not_for_us_is_refused(
    world: World, provider: IdentityProvider, claims: dict[str, object]
) -> None:
    with pytest.raises(SignInRefused):
        await sign_in(world, a_token(world, provider, **claims))


async def test_a_token_opens_the_mailboxes_of_its_holder_alone(
    world: World, provider: IdentityProvider
) -> None:
    for user in (OTHER_DOCTOR, "nobody@cabinet.mssante.fr", "nonsense"):
        with pytest.raises(SignInRefused):
            await sign_in(world, a_token(world, provider), user)


def _coded(value: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_token_that_nobody_signed_is_refused(world: World, provider: IdentityProvider) -> None:
    claims = {"iss": provider.issuer, "exp": 2**31, "azp": CLIENT, "SubjectNameID": RPPS}
    unsigned = ".".join((_coded({"alg": "none", "kid": "first"}), _coded(claims), ""))
    by_the_public_key = ".".join((_coded({"alg": "HS256", "kid": "first"}), _coded(claims)))
    proof = hmac.digest(provider.key.as_pem(private=False), by_the_public_key.encode(), "sha256")
    forged = [
        "nonsense",
        unsigned,
        f"{by_the_public_key}.{urlsafe_b64encode(proof).rstrip(b'=').decode()}",
        jwt.encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048)),
    ]
    for token in forged:
        with pytest.raises(SignInRefused):
            await sign_in(world, token)


async def test_a_new_key_is_asked_for_once_a_minute_at_most(world: World, provider: IdentityProvider) -> None:
    await sign_in(world, a_token(world, provider))
    provider.rotate("second")
    with pytest.raises(SignInRefused):
        await sign_in(world, a_token(world, provider))
    world.clock.pass_(minutes=2)
    await sign_in(world, a_token(world, provider))
    assert len(provider.asked) == 4


async def test_known_keys_serve_while_the_provider_is_away_for_a_day(
    world: World, provider: IdentityProvider
) -> None:
    provider.answers = False
    with pytest.raises(ProviderUnavailable):
        await sign_in(world, a_token(world, provider))
    provider.answers = True
    world.clock.pass_(minutes=2)
    await sign_in(world, a_token(world, provider))
    provider.answers = False
    world.clock.pass_(hours=5)
    await sign_in(world, a_token(world, provider))
    world.clock.pass_(hours=30)
    with pytest.raises(ProviderUnavailable):
        await sign_in(world, a_token(world, provider))


async def test_a_suspended_account_does_not_sign_in_by_token(
    world: World, provider: IdentityProvider
) -> None:
    await world.change(await world.accounts.find(parse_address(DOCTOR)), ProfileAct.SUSPEND)
    with pytest.raises(SignInRefused):
        await sign_in(world, a_token(world, provider))


async def test_what_is_not_tls_is_fetched_from_this_machine_alone() -> None:
    for url in ("http://example.org/", "file:///etc/hostname", "https://"):
        with pytest.raises(OSError, match=r"only https|no host"):
            await get(url)


async def test_a_token_opens_the_mailbox_that_its_holder_may_read(
    world: World, provider: IdentityProvider
) -> None:
    doctor = await world.accounts.find(parse_address(DOCTOR))
    other = await world.accounts.find(parse_address(OTHER_DOCTOR))
    token = a_token(world, provider)
    for user in (OTHER_DOCTOR, f"{OTHER_DOCTOR}*{DOCTOR}"):
        with pytest.raises(SignInRefused):
            await sign_in(world, token, user)
    await let(world, doctor, other)
    for user in (OTHER_DOCTOR, f"{OTHER_DOCTOR}*{DOCTOR}"):
        for mechanism in ("OAUTHBEARER", "XOAUTH2"):
            found = await sign_in(world, token, user, mechanism)
            assert (found.bal.id, found.person.id) == (other.id, doctor.id)
