"""One client of the address book: who it is, and what it is answered. RFC 4511 §4.

Nobody searches without signing in, by the address of his mailbox and its password or a device's; nobody
gets more than so many entries; nothing can be changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from vaguemestre.ldap import responses
from vaguemestre.ldap.requests import Bind, Extended, Message, Other, Scope, Search
from vaguemestre.ldap.responses import START_TLS, Code, result
from vaguemestre.ldapd.asking import EVERYBODY, TooManyQuestions, matches, questions
from vaguemestre.ldapd.entries import address_in, attributes_of, chosen, dn_of
from vaguemestre.ldapd.pace import Pace
from vaguemestre.mail.address import AddressSyntaxError, parse_address
from vaguemestre.mail.listing import Listing
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.directory.address_book import AddressBook, ListingUnknown
from vaguemestre.service.ports.directory import SearchTooWide
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.service.sign_in.authentication import Authentication
from vaguemestre.service.sign_in.outcome import Channel, SignedIn, SignInPostponed, SignInRefused

_SIGN_IN_FIRST: Final = Sentence(
    "Connectez-vous avec l'adresse et le mot de passe de votre BAL",
    "Sign in with the address and the password of your mailbox",
)
_TLS_FIRST: Final = Sentence("Le mot de passe exige TLS", "A password needs TLS")
_ASK_LESS: Final = Sentence("Précisez un nom : la liste est trop longue", "Say a name: the list is too long")
_AHEAD: Final = 3  # the directory finds people by their practice's name too, which filters may not ask for
_BUSY: Final = Sentence("Réessayez dans un moment", "Try again in a moment")
_TOO_OFTEN: Final = Sentence(
    "Trop de recherches en une minute : attendez un instant", "Too many searches in a minute: wait a moment"
)
_READ_ONLY: Final = Sentence("Cet annuaire se lit seulement", "This directory can only be read")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Terms:
    """``base``: the name under which everybody is. ``most``: entries of one search. ``pace``: of a person."""

    base: str
    most: int
    pace: Pace


class Session:
    """Each request is answered before the next is read."""

    def __init__(
        self,
        authentication: Authentication,
        book: AddressBook,
        terms: Terms,
        channel: Channel,
        *,
        is_safe: bool,
    ) -> None:
        """``is_safe``: a password may be sent on this connection as it is."""
        self._authentication = authentication
        self._book = book
        self._terms = terms
        self._channel = channel
        self.is_safe = is_safe
        self._signed_in: SignedIn | None = None

    async def answer(self, message: Message) -> list[bytes]:
        """To anything but the end of the session and StartTLS, which are the connection's affair."""
        number, request = message.id, message.request
        match request:
            case Bind():
                return [await self._bind(number, request)]
            case Search():
                if message.critical:
                    code = Code.UNAVAILABLE_CRITICAL_EXTENSION
                    return [result(number, responses.SEARCH_DONE, code, "No control is supported here")]
                try:
                    return await self._search(number, request)
                except StoreBusyError:
                    return [result(number, responses.SEARCH_DONE, Code.BUSY, str(_BUSY))]
            case Extended():
                return [result(number, responses.EXTENDED, Code.PROTOCOL_ERROR, "Not supported here")]
            case Other(response):
                return [result(number, response, Code.UNWILLING_TO_PERFORM, str(_READ_ONLY))]
            case _:
                return []

    async def _bind(self, number: int, request: Bind) -> bytes:
        code, said = await self._bound(request)
        return result(number, responses.BIND, code, said)

    async def _bound(self, request: Bind) -> tuple[Code, str]:
        self._signed_in = None  # RFC 4511 §4.2.1: whatever comes of it, who was there is not any more
        if request.version != 3:
            return Code.PROTOCOL_ERROR, "LDAP version 3 is spoken here"
        if request.password is None:
            return Code.AUTH_METHOD_NOT_SUPPORTED, "A name and a password are taken, and no SASL"
        if not request.name and not request.password:
            return Code.SUCCESS, ""  # RFC 4513 §5.1.1: nobody in particular
        if not request.password:
            return Code.UNWILLING_TO_PERFORM, str(_SIGN_IN_FIRST)  # RFC 4513 §5.1.2
        if not self.is_safe:
            return Code.CONFIDENTIALITY_REQUIRED, str(_TLS_FIRST)
        name = address_in(request.name, self._terms.base) or request.name
        try:
            self._signed_in = await self._authentication.sign_in(name, request.password, self._channel)
        except SignInRefused as refused:
            return Code.INVALID_CREDENTIALS, str(refused.sentence)
        except SignInPostponed as postponed:
            return Code.BUSY, str(postponed.sentence)
        except StoreBusyError:
            return Code.BUSY, str(_BUSY)
        return Code.SUCCESS, ""

    async def _search(self, number: int, request: Search) -> list[bytes]:
        base, scope = request.base.strip(), request.scope
        if not base and scope is Scope.BASE:
            return [self._entry(number, request, "", self._root()), _done(number)]
        if self._signed_in is None or await self._authentication.barred([self._signed_in.bal.id]):
            return [_done(number, Code.INSUFFICIENT_ACCESS_RIGHTS, _SIGN_IN_FIRST)]
        if not self._terms.pace.admits(self._signed_in.person.id):
            _log.info("address_book_limited", who=str(self._signed_in.person.address))
            return [_done(number, Code.BUSY, _TOO_OFTEN)]
        if base.lower() == self._terms.base.lower() or not base:
            if scope is Scope.BASE:
                return [self._entry(number, request, self._terms.base, self._top()), _done(number)]
            return await self._people(number, request)
        address = address_in(base, self._terms.base)
        if address is None:
            return [_done(number, Code.NO_SUCH_OBJECT)]
        return await self._one(number, request, address)

    async def _people(self, number: int, request: Search) -> list[bytes]:
        most = min(request.size or self._terms.most, self._terms.most)
        try:
            asked = questions(request.filter)
            if EVERYBODY in asked:
                return [_done(number, Code.SIZE_LIMIT_EXCEEDED, _ASK_LESS)]
            found: dict[str, Listing] = {}
            is_cut = False
            for wanted in asked:
                some = await self._book.search(wanted, most * _AHEAD)
                is_cut |= some.has_more
                for listing in some.listings:
                    if matches(request.filter, _lowered(listing)):
                        found.setdefault(listing.address.key, listing)
        except (TooManyQuestions, SearchTooWide):
            return [_done(number, Code.ADMIN_LIMIT_EXCEEDED, _ASK_LESS)]
        is_cut |= len(found) > most
        shown = list(found.values())[:most]
        done = _done(number, Code.SIZE_LIMIT_EXCEEDED, _ASK_LESS) if is_cut else _done(number)
        return [*(self._listed(number, request, listing) for listing in shown), done]

    async def _one(self, number: int, request: Search, address: str) -> list[bytes]:
        """The entry of an address, asked for by its name."""
        try:
            listing = (await self._book.show(str(parse_address(address))))[0]
        except (AddressSyntaxError, ListingUnknown):
            return [_done(number, Code.NO_SUCH_OBJECT)]
        if request.scope is Scope.ONE or not matches(request.filter, _lowered(listing)):
            return [_done(number)]
        return [self._listed(number, request, listing), _done(number)]

    def _listed(self, number: int, request: Search, listing: Listing) -> bytes:
        return self._entry(number, request, dn_of(listing, self._terms.base), attributes_of(listing))

    def _entry(self, number: int, request: Search, dn: str, attributes: dict[str, tuple[str, ...]]) -> bytes:
        told = chosen(attributes, request.attributes)
        return responses.entry(number, dn, told, types_only=request.types_only)

    def _root(self) -> dict[str, tuple[str, ...]]:
        """The entry that says what this server is. RFC 4512 §5.1."""
        return {
            "objectClass": ("top",),
            "namingContexts": (self._terms.base,),
            "supportedLDAPVersion": ("3",),
            "supportedExtension": (START_TLS,),
            "vendorName": ("Vaguemestre",),
        }

    def _top(self) -> dict[str, tuple[str, ...]]:
        """The entry above everybody."""
        name = self._terms.base.partition("=")[2].partition(",")[0]
        return {"objectClass": ("top", "organization"), "o": (name,)}


def _done(number: int, code: Code = Code.SUCCESS, said: Sentence | None = None) -> bytes:
    return result(number, responses.SEARCH_DONE, code, "" if said is None else str(said))


def _lowered(listing: Listing) -> dict[str, Sequence[str]]:
    return {name.lower(): values for name, values in attributes_of(listing).items()}
