"""Looks at the console: whether passkeys can be made at its address, and whether its provider answers."""

import asyncio
import ipaddress
from typing import Final
from urllib.parse import urlsplit

from vaguemestre.cli.doctor.finding import State, Trouble
from vaguemestre.configured import console_address_of, console_provider_of
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.sign_in.outcome import ProviderUnavailable
from vaguemestre.services import SystemClock
from vaguemestre.settings import Settings

_SEE: Final = Sentence("Voyez [console_openid] issuer.", "See [console_openid] issuer.")


def console(settings: Settings) -> Sentence:
    """Browsers make passkeys for a name, over TLS; and whoever signs people in is there."""
    if settings.listen.http is None:
        return Sentence("Aucune.", "None.")
    address = console_address_of(settings, settings.listen.http.port)
    _reach_provider(settings)
    parts = urlsplit(address)
    host = parts.hostname or ""
    if _is_number(host) or (parts.scheme != "https" and host != "localhost"):
        raise Trouble(
            Sentence(
                f"À l'adresse {address}, aucun navigateur ne fait de clé d'accès : il faut un nom, et https.",
                f"At {address} no browser makes a passkey: that takes a name, and https.",
            ),
            Sentence(
                "Donnez à [console] address ce que tapent les administrateurs.",
                "Set [console] address to what administrators type.",
            ),
            State.DOUBTFUL,
        )
    return Sentence(f"À l'adresse {address}.", f"At {address}.")


def _reach_provider(settings: Settings) -> None:
    found = console_provider_of(settings, SystemClock())
    if found is None:
        return
    keys, _ = found
    try:
        published = asyncio.run(keys.published())
    except ProviderUnavailable as error:
        raise Trouble(
            Sentence(
                f"Le fournisseur d'identité ne se décrit pas à {keys.configuration}.",
                f"The identity provider does not describe itself at {keys.configuration}.",
            ),
            _SEE,
        ) from error
    if not published.authorization or not published.token:
        raise Trouble(
            Sentence(
                f"{keys.issuer} ne connecte personne : il ne dit pas où.",
                f"{keys.issuer} signs nobody in: it does not say where.",
            ),
            _SEE,
        )


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
