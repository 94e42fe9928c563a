"""Looks at what this installation has to do with: lists, queue, scanner, name servers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from vaguemestre.cli.doctor.finding import State, Trouble
from vaguemestre.configured import antivirus_of, directory_of, errand_of, time_stamps_of, trust_of
from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.audit.anchors import SUFFIX
from vaguemestre.service.audit.stamping import unstamped
from vaguemestre.service.directory.address_book import Freshness, freshness_of
from vaguemestre.service.ports.antivirus import AntivirusDownError
from vaguemestre.service.ports.carrier import Unreachable
from vaguemestre.service.ports.outbound import QueueDepth
from vaguemestre.services import SystemClock
from vaguemestre.settings import Settings
from vaguemestre.store.open import open_store

if TYPE_CHECKING:
    from vaguemestre.transport.routes import Routes

_LATE: Final = timedelta(hours=4)  # when senders are told that it takes long
_TOO_LATE: Final = timedelta(days=1)
_COUNTED: Final = 100_000


def trust(settings: Settings) -> Sentence:
    """The trust list may be acted on."""
    keeping = trust_of(settings, SystemClock())
    if keeping is None:
        return Sentence("Aucune : cette passerelle est seule.", "None: this gateway is alone.")
    asyncio.run(keeping.load())
    age, refresh = keeping.space.age, Sentence("vaguemestre trust refresh", "vaguemestre trust refresh")
    if age is None:
        raise Trouble(
            Sentence(
                "Aucune liste encore : le courrier d'ailleurs attend.", "No list yet: mail elsewhere waits."
            ),
            refresh,
        )
    told = Sentence(f"Elle a {age.days} jours", f"It is {age.days} days old")
    if not keeping.space.is_current:
        raise Trouble(
            Sentence(f"{told.fr}, trop : le courrier d'ailleurs attend.", f"{told.en}, too old: mail waits."),
            refresh,
        )
    if age > keeping.terms.warn_after:
        limit = keeping.terms.longest_age.days
        raise Trouble(
            Sentence(
                f"{told.fr} ; à {limit} on n'en tient plus compte.", f"{told.en}; at {limit} it is not used."
            ),
            refresh,
            State.DOUBTFUL,
        )
    return Sentence(f"{told.fr}.", f"{told.en}.")


def directory(settings: Settings) -> Sentence:
    """The directory is there, and fresh."""

    async def found() -> Freshness | None:
        directory = directory_of(settings)
        try:
            return await freshness_of(directory, SystemClock().now(), settings.directory.stale_after)
        finally:
            directory.close()

    freshness, again = asyncio.run(found()), "vaguemestre directory import"
    if freshness is None:
        if errand_of(settings).has_source:
            raise Trouble(
                Sentence("Aucun annuaire importé encore.", "No directory is imported yet."),
                Sentence(again, again),
            )
        return Sentence("Aucun n'est demandé.", "None is asked for.")
    date = f"{freshness.state.published_at:%Y-%m-%d}"
    if freshness.is_stale:
        raise Trouble(
            Sentence(f"Il date du {date}.", f"It is of {date}, which is old."),
            Sentence(
                f"{again} ; le journal dit pourquoi (directory_not_renewed).",
                f"{again}; the log says why (directory_not_renewed).",
            ),
            State.DOUBTFUL,
        )
    rows = freshness.state.rows
    return Sentence(f"{rows} boîtes, du {date}.", f"{rows} mailboxes, of {date}.")


def queue(settings: Settings) -> Sentence:
    """Nothing waits for too long."""

    async def found() -> QueueDepth:
        store = await open_store(settings.database.url)
        try:
            return await store.read(lambda tx: tx.outbound.depth(_COUNTED))
        finally:
            await store.close()

    depth = asyncio.run(found())
    if depth.oldest is None:
        return Sentence("Rien n'attend.", "Nothing waits.")
    age, count = datetime.now(UTC) - depth.oldest, sum(depth.deliveries.values())
    hours = int(age.total_seconds() // 3600)
    told = Sentence(
        f"{count} envois attendent, le plus ancien depuis {hours} h.",
        f"{count} deliveries wait, the oldest for {hours} h.",
    )
    if age > _LATE:
        look = Sentence(
            "vaguemestre queue ages dit quel domaine ne répond pas, et pourquoi.",
            "vaguemestre queue ages says which domain does not answer, and why.",
        )
        raise Trouble(told, look, State.ILL if age > _TOO_LATE else State.DOUBTFUL)
    return told


def antivirus(settings: Settings) -> Sentence:
    """The scanner answers."""
    scanner, place = antivirus_of(settings), settings.antivirus.clamd
    if scanner is None:
        return Sentence("Aucun.", "None.")
    try:
        asyncio.run(scanner.scan([b"Bonjour"]))
    except AntivirusDownError as error:
        raise Trouble(
            Sentence(
                f"clamd ne répond pas à {place} : aucune pièce jointe n'est acceptée.",
                f"clamd does not answer at {place}: no attachment is taken.",
            ),
            Sentence("Démarrez clamd, ou corrigez [antivirus].", "Start clamd, or correct [antivirus]."),
        ) from error
    return Sentence(f"clamd répond à {place}.", f"clamd answers at {place}.")


def time_stamps(settings: Settings) -> Sentence:
    """Anchors of the days before today are stamped."""
    stamps, now = time_stamps_of(settings), SystemClock().now()
    if stamps is None or not stamps.can_ask:
        return Sentence("Aucun n'est demandé.", "None is asked for.")
    today = f"{now:%Y-%m-%d}{SUFFIX}"
    waiting = sum(path.name != today for path in unstamped(settings.audit.anchors, now))
    if waiting:
        raise Trouble(
            Sentence(
                f"Ancres de la semaine sans horodatage : {waiting}.",
                f"Anchors of the week without a time stamp: {waiting}.",
            ),
            Sentence(
                "Le journal dit pourquoi (anchor_not_stamped) ; voyez [audit] time_stamps.",
                "The log says why (anchor_not_stamped); see [audit] time_stamps.",
            ),
            State.DOUBTFUL,
        )
    return Sentence("Les ancres de la semaine sont horodatées.", "The anchors of the week are stamped.")


def domain_names(settings: Settings, found: "Routes | None" = None) -> Sentence:
    """Whether somebody receives the mail of our domains; ``found`` says where they are looked up."""
    from vaguemestre.transport.routes import Routes  # with what asks name servers: for --dns alone

    domains, routes = (*settings.domains.professional, *settings.domains.citizen), found or Routes()
    for domain in domains:
        try:
            asyncio.run(routes.of(domain))
        except Unreachable as error:
            raise Trouble(
                Sentence(
                    f"Aucun serveur ne reçoit le courrier de {domain}, ou le DNS ne répond pas.",
                    f"No server receives the mail of {domain}, or the name servers do not answer.",
                ),
                Sentence(
                    f"Publiez un enregistrement MX : {domain}. IN MX 10 {settings.hostname}.",
                    f"Publish an MX record: {domain}. IN MX 10 {settings.hostname}.",
                ),
            ) from error
    named = ", ".join(domains)
    return Sentence(f"{named} : un serveur reçoit leur courrier.", f"{named}: a server receives their mail.")
