"""Signing in to the console by an OpenID provider (OpenID Connect Core 1.0 §3.1): code, PKCE, state, nonce.

The provider says who somebody is; which account that is, and what it may do, stays ours: an account is made
here first, and linked to what the provider calls him. One random token goes out in a cookie of the browser
that asked; state, nonce and the verifier of RFC 7636 §4.1 are derived from it, so an answer that comes by
another browser, or twice, or after ten minutes is none.
"""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hmac import compare_digest
from typing import Final, NamedTuple
from urllib.parse import quote_plus, urlencode

import structlog
from joserfc import jwt

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.challenges import Challenging
from vaguemestre.service.administration.sessions import Browser, Here
from vaguemestre.service.administration.signing_in import Claim, Proof, SigningIn, account_of
from vaguemestre.service.ports.administrator import Link
from vaguemestre.service.ports.passkey import Purpose
from vaguemestre.service.ports.store import Store
from vaguemestre.service.sign_in.outcome import ProviderUnavailable
from vaguemestre.service.sign_in.provider_keys import ProviderKeys, Published, TokenRefused
from vaguemestre.service.sign_in.tokens import audience_of

GOOD_FOR: Final = timedelta(minutes=10)
"""People look for their telephone there too."""

_LONGEST_SUBJECT: Final = 255  # characters; OpenID Connect Core 1.0 §2
_REFUSAL: Final = Sentence(
    fr="Le fournisseur d'identité n'a pas confirmé la connexion, ou la demande a trop attendu : recommencez",
    en="The identity provider did not confirm this sign-in, or the request waited too long: start again",
)
_ONE_FACTOR: Final = Sentence(
    fr="Le fournisseur d'identité ne dit pas que vous avez montré un second facteur",
    en="The identity provider does not say that you showed a second factor",
)

Post = Callable[[str, bytes, str | None], Awaitable[bytes]]
"""POST of a form, with an Authorization; raises PermissionError when that is refused, and OSError."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ProviderTerms:
    """``name`` is what people call it; ``claim`` the one that says who somebody is.

    ``methods`` and ``levels`` are values of ``amr`` (RFC 8176 §2) and ``acr`` of which the provider must name
    one, where there are any.
    """

    name: str
    client: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...]
    claim: str
    methods: tuple[str, ...]
    levels: tuple[str, ...]


class Asked(NamedTuple):
    """Where a browser is sent, and what it keeps meanwhile."""

    address: str
    token: bytes


class Answer(NamedTuple):
    """What it comes back with: RFC 6749 §4.1.2, and ``issuer`` of RFC 9207 §2, each empty when not said."""

    code: str
    state: str
    issuer: str


class _NotEnough(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Somebody is known, and showed one factor."""


class ByProvider:
    """``address`` is where administrators find the console; the provider sends them back there."""

    def __init__(
        self,
        store: Store,
        signing_in: SigningIn,
        challenging: Challenging,
        keys: ProviderKeys,
        terms: ProviderTerms,
        post: Post,
        address: Callable[[], str],
    ) -> None:
        self.terms = terms
        self._store = store
        self._signing_in = signing_in
        self._challenging = challenging
        self._keys = keys
        self._post = post
        self._address = address

    @property
    def answers_at(self) -> str:
        """What the provider must know as the redirect URI of this client."""
        return f"{self._address()}/sign-in/provider/answer"

    async def ask(self, peer: str) -> Asked:
        """Where to send a browser. Raises SignInPostponed, StoreBusyError."""
        published = await self._published()
        await self._store.read(lambda tx: self._challenging.require_room(tx, peer))
        token = await self._store.write(
            lambda tx: self._challenging.give(tx, Purpose.PROVIDER, None, peer, GOOD_FOR), "ask the provider"
        )
        said = {
            "response_type": "code",
            "client_id": self.terms.client,
            "redirect_uri": self.answers_at,
            "scope": " ".join(self.terms.scopes),
            "state": _derived(token, b"state"),
            "nonce": _derived(token, b"nonce"),
            "code_challenge": _coded(hashlib.sha256(_derived(token, b"verifier").encode()).digest()),
            "code_challenge_method": "S256",
            **({"acr_values": " ".join(self.terms.levels)} if self.terms.levels else {}),
        }
        joint = "&" if "?" in published.authorization else "?"
        return Asked(f"{published.authorization}{joint}{urlencode(said)}", token)

    async def sign_in(self, token: bytes, answer: Answer, browser: Browser) -> Here:
        """A new session. Raises ConsoleSignInRefused, SignInPostponed, StoreBusyError."""
        subject, refusal = await self._subject(token, answer)
        link = Link(self._keys.issuer, subject)
        found = await self._store.read(lambda tx: tx.administrators.by_link(link)) if subject else None
        if found is None and subject:
            refusal = _nobody(subject)

        async def prove() -> Proof | None:
            if found is None or not found.is_enabled:
                return None
            return Proof(found, lambda tx, _: tx.administrators.by_link(link) is not None)

        name = "?" if found is None else found.name
        account = account_of(f"?{browser.peer}" if found is None else name)
        return await self._signing_in.let_in(Claim(account, name, "provider", refusal), prove, browser)

    async def _subject(self, token: bytes, answer: Answer) -> tuple[str, Sentence]:
        """Who the provider says it is, or nobody; and what he reads if he is not let in.

        The token is taken before the provider is asked anything: an answer makes us call it once.
        """
        if not compare_digest(answer.state.encode(), _derived(token, b"state").encode()):
            return "", _REFUSAL
        if not await self._store.write(
            lambda tx: self._challenging.take(tx, token, Purpose.PROVIDER, None), "take the answer"
        ):
            return "", _REFUSAL
        try:
            if answer.issuer not in ("", self._keys.issuer):
                raise TokenRefused("another provider answers")
            if not answer.code:
                raise TokenRefused("it signed nobody in")
            return self._named(await self._claims(token, answer.code), token), _REFUSAL
        except TokenRefused as refused:
            _log.warning("provider_answer_refused", reason=str(refused))
            return "", _REFUSAL
        except _NotEnough:
            return "", _ONE_FACTOR

    async def _claims(self, token: bytes, code: str) -> jwt.Claims:
        """Of the ID token that the code is exchanged for: RFC 6749 §4.1.3. TokenRefused, SignInPostponed."""
        published = await self._published()
        said = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.answers_at,
            "client_id": self.terms.client,
            "code_verifier": _derived(token, b"verifier"),
        }
        authorization = None
        if self.terms.secret and published.takes_basic:
            pair = f"{quote_plus(self.terms.client)}:{quote_plus(self.terms.secret)}"
            authorization = f"Basic {b64encode(pair.encode()).decode()}"
        elif self.terms.secret:
            said["client_secret"] = self.terms.secret
        try:
            given = json.loads(await self._post(published.token, urlencode(said).encode(), authorization))
            return await self._keys.claims(str(given["id_token"]))
        except PermissionError as error:
            raise TokenRefused(f"the provider refuses the code: {error}") from error
        except OSError as error:
            _log.warning("identity_provider_unreachable", reason=type(error).__name__)
            raise ProviderUnavailable from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise TokenRefused(f"its answer makes no sense: {type(error).__name__}") from error

    def _named(self, claims: jwt.Claims, token: bytes) -> str:
        """What the provider calls him: OpenID Connect Core 1.0 §3.1.3.7. TokenRefused, _NotEnough."""
        if self.terms.client not in audience_of({"aud": claims.get("aud", [])}):
            raise TokenRefused("it was made for another program")
        if claims.get("azp", self.terms.client) != self.terms.client:
            raise TokenRefused("it was asked for by another program")
        if not compare_digest(str(claims.get("nonce", "")).encode(), _derived(token, b"nonce").encode()):
            raise TokenRefused("it answers another request")
        subject = claims.get(self.terms.claim)
        if not isinstance(subject, str) or not subject.isprintable():
            raise TokenRefused(f"it has no {self.terms.claim} that can be read")
        if not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise TokenRefused(f"its {self.terms.claim} is empty or too long")
        methods = claims.get("amr", [])
        if self.terms.methods and not (
            isinstance(methods, list) and any(one in methods for one in self.terms.methods)
        ):
            raise _NotEnough
        if self.terms.levels and claims.get("acr") not in self.terms.levels:
            raise _NotEnough
        return subject

    async def _published(self) -> Published:
        published = await self._keys.published()
        if not published.authorization or not published.token:
            _log.warning("identity_provider_signs_nobody_in")
            raise ProviderUnavailable
        return published


def _nobody(subject: str) -> Sentence:
    """He may tell it to whoever links accounts."""
    return Sentence(
        fr=f"Le fournisseur d'identité vous appelle «\u00a0{subject}\u00a0» : aucun compte n'y est lié",
        en=f"The identity provider calls you “{subject}”: no account is linked to that",
    )


def _derived(token: bytes, purpose: bytes) -> str:
    return _coded(hashlib.blake2b(token, person=purpose, digest_size=32).digest())


def _coded(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode()
