"""What is asked of a browser that has passkeys, and what it answers (Web Authentication Level 2, §7).

The library reads and verifies; said here is what this console asks of it. A passkey stands for password and
telephone together, so whoever holds it must have shown a face, a finger or a PIN to it: *user verification*.
It must be *discoverable*: it knows whose it is, and nobody types a name. Which maker's it is, is not asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from vaguemestre.service.administration.challenges import GOOD_FOR
from vaguemestre.service.ports.passkey import Passkey

_MILLISECONDS: Final = 1000 * int(GOOD_FOR.total_seconds())
# What the library raises of itself, and what it lets through of an answer that makes no sense.
_SENSELESS: Final = (WebAuthnException, ValueError, TypeError, KeyError, RecursionError)
_PORTS: Final = {"https": ":443", "http": ":80"}


class CeremonyError(Exception):
    """The answer does not hold; the reason is for the log."""


class Asked(NamedTuple):
    """To whom a new key will belong: ``handle`` is what the key calls him, ``known`` are keys he has."""

    name: str
    handle: bytes
    known: Sequence[bytes]


class Registered(NamedTuple):
    """A key that was made."""

    credential: bytes
    public_key: bytes
    uses: int


class Said(NamedTuple):
    """What an answer claims, before anything of it is verified. ``handle`` is whose the key says it is."""

    credential: bytes
    challenge: bytes
    handle: bytes | None


@dataclass(frozen=True, slots=True)
class Ceremonies:
    """``address`` is where administrators find the console: keys are bound to its host, answers to it whole.

    It is asked each time: where the system chooses the port, it is known when the door is open.
    """

    hostname: str
    address: Callable[[], str]

    @property
    def origin(self) -> str:
        """As browsers write it."""
        parts = urlsplit(self.address())
        return f"{parts.scheme}://{parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ''))}"

    @property
    def host(self) -> str:
        """What keys are bound to."""
        return urlsplit(self.address()).hostname or self.hostname

    def to_register(self, asked: Asked, challenge: bytes) -> str:
        """The options for ``navigator.credentials.create``, in JSON."""
        options = generate_registration_options(
            rp_id=self.host,
            rp_name=f"Vaguemestre {self.hostname}",
            user_name=asked.name,
            user_id=asked.handle,
            challenge=challenge,
            timeout=_MILLISECONDS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in asked.known],
        )
        return options_to_json(options)

    def said_to_register(self, answer: str) -> bytes:
        """Which challenge an answer says that it answers. Raises CeremonyError."""
        try:
            return parse_client_data_json(
                parse_registration_credential_json(answer).response.client_data_json
            ).challenge
        except _SENSELESS as error:
            raise CeremonyError(str(error)) from error

    def registered(self, answer: str, challenge: bytes) -> Registered:
        """The key that was made. Raises CeremonyError."""
        try:
            made = verify_registration_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                require_user_verification=True,
            )
        except _SENSELESS as error:
            raise CeremonyError(str(error)) from error
        return Registered(made.credential_id, made.credential_public_key, made.sign_count)

    def to_sign_in(self, challenge: bytes) -> str:
        """The options for ``navigator.credentials.get``, in JSON: the same for everybody."""
        options = generate_authentication_options(
            rp_id=self.host,
            challenge=challenge,
            timeout=_MILLISECONDS,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json(options)

    def said(self, answer: str) -> Said:
        """What an answer claims. Raises CeremonyError."""
        try:
            read = parse_authentication_credential_json(answer)
            client = parse_client_data_json(read.response.client_data_json)
        except _SENSELESS as error:
            raise CeremonyError(str(error)) from error
        return Said(read.raw_id, client.challenge, read.response.user_handle)

    def verified(self, answer: str, challenge: bytes, passkey: Passkey) -> int:
        """What the counter of the key says now. Raises CeremonyError, for a counter that went back too."""
        try:
            shown = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self.host,
                expected_origin=self.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.uses,
                require_user_verification=True,
            )
        except _SENSELESS as error:
            raise CeremonyError(str(error)) from error
        return shown.new_sign_count
