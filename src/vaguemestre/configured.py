"""The settings as each part wants them: plain values, read once. Below ``app`` nobody reads a setting.

What meets the world outside is loaded where it is made: a command that lists accounts needs no resolver, no
signatures over XML and no mail client, which are a quarter of what would be loaded.
"""

import ssl
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vaguemestre.antivirus.clamd import Clamd
    from vaguemestre.directory.errand import Errand
    from vaguemestre.mail.bal import BalKind
    from vaguemestre.mail.contact import ContactKind
    from vaguemestre.net.operators import OperatorTls
    from vaguemestre.net.tls import TlsFiles
    from vaguemestre.policy.limits import Carriage, Destination, Policy
    from vaguemestre.policy.retention import Retention
    from vaguemestre.service.accounts.dormancy import Delays
    from vaguemestre.service.administration.by_provider import ProviderTerms
    from vaguemestre.service.arriving.dispensations import Dispensations
    from vaguemestre.service.arriving.examination import Examination
    from vaguemestre.service.conversations.answer_words import QuietTerms
    from vaguemestre.service.outbound.sending import SendingTerms
    from vaguemestre.service.ports.clock import Clock
    from vaguemestre.service.ports.directory import Directory
    from vaguemestre.service.ports.notification import Way
    from vaguemestre.service.ports.time_stamps import TimeStamps
    from vaguemestre.service.ports.trust import Trust
    from vaguemestre.service.ports.trust_list import TrustListReader, TrustListSource
    from vaguemestre.service.sign_in.provider_keys import ProviderKeys
    from vaguemestre.service.sign_in.tokens import Tokens
    from vaguemestre.service.telling.notification_text import NotificationText
    from vaguemestre.service.telling.notifying import Terms
    from vaguemestre.service.telling.set_up import PublicAccess
    from vaguemestre.service.trust.keeping import TrustKeeping
    from vaguemestre.service.trust.recording import TrustJournal
    from vaguemestre.settings import Settings
    from vaguemestre.settings.trust import TrustSection
    from vaguemestre.transport.dialling import Dialling
    from vaguemestre.vault.bodies_s3 import S3Place
    from vaguemestre.vault.keys import MasterKeys

_POSTGRESQL: Final = "postgresql://"


def policy_of(settings: "Settings") -> "Policy":
    """The settings as the rules see them."""
    from vaguemestre.mail.bal import BalKind
    from vaguemestre.policy.limits import Limits, Marks, Policy

    return Policy(
        professional_domains=frozenset(settings.domains.professional),
        citizen_domains=frozenset(settings.domains.citizen),
        citizen_domains_elsewhere=frozenset(settings.domains.citizen_elsewhere),
        peer_allowance=settings.sending.operator,
        citizen_may_write=settings.citizen_may_write,
        ins_key=settings.ins_key,
        limits=Limits(
            message_size=settings.limits.message_size,
            recipients=settings.limits.recipients,
            longest_hold=timedelta(days=settings.limits.longest_hold),
            held=settings.limits.held,
            carriage=carriage_of(settings),
        ),
        pharmacy_sectors=frozenset(settings.pharmacies.sectors),
        checks_dispensation=bool(settings.pharmacies.dispensation_url),
        reply_without_reference=settings.conversations.reply_without_reference,
        allowances={kind: settings.sending.of(kind) for kind in BalKind},
        zone=settings.conversations.zone,
        marks=Marks(
            *(
                frozenset(word.upper() for word in words)
                for words in (
                    settings.documents.not_for_patient,
                    settings.documents.not_for_professionals,
                    settings.documents.not_for_representatives,
                )
            )
        ),
    )


def retention_of(settings: "Settings") -> "Retention":
    """The delays; a mailbox named like a special use is the one that has it, whatever it is called."""
    from vaguemestre.mail.bal import BalKind
    from vaguemestre.mail.mailbox import Drawer, SpecialUse
    from vaguemestre.policy.retention import Retention

    uses = {use.value.removeprefix("\\"): use.value for use in SpecialUse}
    return Retention(
        {kind: settings.retention.of(kind) for kind in BalKind},
        by_drawer={
            Drawer(uses.get(folder.name, folder.name)): timedelta(days=folder.days)
            for folder in settings.retention.folders
        },
    )


def carriage_of(settings: "Settings") -> "dict[tuple[Destination, BalKind], Carriage]":
    """What messages may be, by where they go and who sends them."""
    from vaguemestre.mail.bal import BalKind
    from vaguemestre.policy.limits import Destination

    found = {(Destination.PROFESSIONAL, kind): settings.to_professional.of(kind) for kind in BalKind}
    for kind in BalKind:
        carriage = settings.to_citizen.of(kind)
        if carriage is not None:
            found[Destination.CITIZEN, kind] = carriage
    return found


def examination_of(settings: "Settings") -> "Examination":
    """How attachments are opened."""
    from vaguemestre.mime.examination import Bounds
    from vaguemestre.service.arriving.examination import Examination

    archives = settings.archives
    return Examination(Bounds(archives.unpacked, archives.ratio, archives.files), antivirus_of(settings))


def antivirus_of(settings: "Settings") -> "Clamd | None":
    """The scanner, where the operator runs one."""
    from vaguemestre.settings.values import read_endpoint

    antivirus = settings.antivirus
    if not antivirus.clamd:
        return None
    from vaguemestre.antivirus.clamd import Clamd

    if antivirus.clamd.startswith("/"):
        return Clamd(Path(antivirus.clamd), antivirus.connections, antivirus.timeout)
    endpoint = read_endpoint(antivirus.clamd)
    assert endpoint is not None  # noqa: S101 (the settings have read it before)
    return Clamd((endpoint.host, endpoint.port), antivirus.connections, antivirus.timeout)


def public_access_of(settings: "Settings") -> "PublicAccess":
    """How mail programs reach this service from outside."""
    from vaguemestre.service.telling.set_up import Place, PublicAccess  # with what reads and writes documents

    public, host = settings.public, settings.hostname
    return PublicAccess(
        public.name,
        host,
        (*settings.domains.professional, *settings.domains.citizen),
        Place(public.imap.host, public.imap.port) if public.imap is not None else Place(host, 993),
        Place(public.submission.host, public.submission.port)
        if public.submission is not None
        else Place(host, 465),
    )


def masters_of(settings: "Settings") -> "MasterKeys":
    """The master keys, from the environment or their file. Raises MasterKeyError."""
    from vaguemestre.vault.keys import load_master, parse_master

    if settings.keys.master_key is not None:
        return parse_master(settings.keys.master_key.get_secret_value())
    return load_master(settings.keys.master_key_file)


def objects_of(settings: "Settings") -> "Path | S3Place":
    """Where large bodies are kept. Raises OSError when the file of the S3 secret cannot be read."""
    from vaguemestre.vault.bodies_s3 import S3Place

    objects = settings.objects
    if not objects.bucket or objects.secret_key_file is None:
        return objects.directory
    secret = objects.secret_key_file.read_text(encoding="utf-8").strip()
    return S3Place(
        objects.bucket, objects.endpoint, objects.access_key, secret, objects.region, objects.prefix
    )


def time_stamps_of(settings: "Settings") -> "TimeStamps | None":
    """Who time-stamps anchors, where somebody is believed. Raises CertificateError, OSError."""
    audit = settings.audit
    if audit.time_stamp_authorities is None:
        return None
    from vaguemestre.stamping.authority import StampingAuthority

    signs_in = None
    if audit.time_stamps_user:
        signs_in = (audit.time_stamps_user, _secret(audit.time_stamps_password_file))
    return StampingAuthority(audit.time_stamps, audit.time_stamp_authorities, signs_in)


def tls_of(settings: "Settings") -> "TlsFiles":
    """What the listeners present, and whose certificates clients may show."""
    from vaguemestre.net.tls import ClientCertificates, TlsFiles

    tls = settings.tls
    clients = None
    if tls.client_authorities is not None:
        clients = ClientCertificates(tls.client_authorities, tls.client_revocations)
    return TlsFiles(tls.certificate, tls.key, clients, binds=settings.security.channel_binding)


def operator_tls_of(settings: "Settings", clock: "Clock") -> "OperatorTls | None":
    """What other operators are met with, if any are. Raises CertificateError."""
    relay = settings.relay
    if relay.certificate is None or relay.key is None or relay.authorities is None:
        return None
    from vaguemestre.net.ocsp import Responder
    from vaguemestre.net.operators import OperatorFiles, OperatorTls
    from vaguemestre.net.revocation import RevocationLists

    files = OperatorFiles(relay.certificate, relay.key, relay.authorities)
    sources = [str(source) for source in relay.revocations]
    lists = partial(RevocationLists, sources, relay.revocation_cache, now=clock.now)
    responder = Responder(relay.ocsp, clock.now) if relay.ocsp else None
    return OperatorTls(files, lists, responder, clock.now)


def carrier_of(settings: "Settings", operators: "OperatorTls", trust: "Trust") -> "Dialling":
    """How other operators are dialled."""
    from vaguemestre.transport.dialling import Dialling, Shown
    from vaguemestre.transport.routes import Routes, Server

    static = {
        route.domain: Server(route.server.host, route.server.port) for route in settings.outbound.routes
    }
    return Dialling(Routes(static), Shown(operators.client, operators.verified, trust), settings.hostname)


def sending_terms_of(settings: "Settings") -> "SendingTerms":
    """How often and how much at once."""
    from vaguemestre.service.outbound.sending import SendingTerms

    outbound = settings.outbound
    return SendingTerms(
        outbound.pauses,
        outbound.connections,
        outbound.connections_per_destination,
        timedelta(seconds=outbound.lease),
    )


def notification_text_of(settings: "Settings") -> "NotificationText":
    """What holders are told. Raises TextError, and OSError when the operator's own cannot be read."""
    from vaguemestre.service.telling.notification_text import DEFAULT, notification_text

    notify = settings.notify
    octets = DEFAULT.encode() if notify.text is None else notify.text.read_bytes()
    return notification_text(octets, notify.service, notify.sign_in)


def quiet_terms_of(settings: "Settings") -> "QuietTerms":
    """What citizens read who write outside a professional's hours."""
    from vaguemestre.service.conversations.answer_words import QuietTerms

    conversations = settings.conversations
    return QuietTerms(conversations.time_zone, conversations.emergency_fr, conversations.emergency_en)


def notification_terms_of(settings: "Settings") -> "Terms":
    """When a holder is told outside, for how long it is tried, and which kinds of holders are."""
    from vaguemestre.service.telling.notifying import Terms

    notify = settings.notify
    window, give_up = timedelta(seconds=notify.window), timedelta(seconds=notify.give_up_after)
    return Terms(window, give_up, frozenset(notify.kinds))


def directory_of(settings: "Settings") -> "Directory":
    """The directory, to be read: beside the messages, in the same kind of database."""
    from vaguemestre.directory.sqlite_reader import SqliteDirectory

    if settings.database.url.startswith(_POSTGRESQL):
        from vaguemestre.directory.postgresql_reader import PostgresqlDirectory  # a tenth of a second to load

        return PostgresqlDirectory(settings.database.url)
    return SqliteDirectory(settings.directory.file)


def errand_of(settings: "Settings") -> "Errand":
    """What is imported into the directory, and from where."""
    from vaguemestre.directory.errand import Errand

    directory = settings.directory
    file, database = str(directory.file), settings.database.url
    return Errand(
        database if database.startswith(_POSTGRESQL) else file,
        f"{file}.download",
        path=str(directory.path or ""),
        url=directory.url,
        authorities=str(directory.authorities or ""),
        sectors=str(directory.sectors or ""),
        sector_column=directory.sector_column,
        sector_numbers=directory.sector_numbers,
        least_share=directory.least_share,
        least=directory.least,
    )


def _asking_about_the_signer(
    reader: "TrustListReader", trust: "TrustSection", authorities: Path, clock: "Clock"
) -> "TrustListReader":
    from vaguemestre.net.authorities import Authorities
    from vaguemestre.net.revocation import RevocationLists
    from vaguemestre.trust.standing import StandingReader

    known = Authorities(authorities)
    sources = [str(source) for source in trust.signer_revocations]
    lists = RevocationLists(sources, trust.signer_revocation_cache, lambda: known, clock.now)
    return StandingReader(reader, lists, known)


def trust_of(
    settings: "Settings", clock: "Clock", journal: "TrustJournal | None" = None
) -> "TrustKeeping | None":
    """The trust list, where the gateway is not alone. Raises CertificateError, OSError."""
    from cryptography import x509

    from vaguemestre.mail.distinguished_name import parse_name
    from vaguemestre.net.tls import CertificateError
    from vaguemestre.service.trust.keeping import KeepingTerms, TrustKeeping
    from vaguemestre.service.trust.space import TrustSpace

    trust = settings.trust
    if not trust.is_used or trust.signer_authorities is None:
        return None
    from vaguemestre.trust.apart import ApartReader
    from vaguemestre.trust.shelf import FileShelf
    from vaguemestre.trust.signature import Pinned
    from vaguemestre.trust.source import FileSource, WebSource

    try:
        authorities = tuple(x509.load_pem_x509_certificates(trust.signer_authorities.read_bytes()))
    except ValueError as error:
        raise CertificateError(f"{trust.signer_authorities} holds no certificates in PEM") from error
    pinned = Pinned(parse_name(trust.signer_subject), parse_name(trust.signer_issuer), authorities)
    reader: TrustListReader = ApartReader(pinned)
    if trust.signer_revocations:
        reader = _asking_about_the_signer(reader, settings.trust, trust.signer_authorities, clock)
    source: TrustListSource
    if trust.path is not None:
        source = FileSource(trust.path)
    else:
        source = WebSource(trust.url, ssl.create_default_context(cafile=trust.authorities))
    every, warn_after = timedelta(seconds=trust.every), timedelta(days=trust.warn_after)
    terms = KeepingTerms(every, warn_after, trust.longest_age, trust.most_gone)
    space = TrustSpace(clock, trust.longest_age)
    return TrustKeeping(space, source, reader, FileShelf(trust.kept), clock, terms, journal)


def delays_of(settings: "Settings") -> "Delays":
    """When an account in which nobody signs in is warned, suspended, closed."""
    from vaguemestre.service.accounts.dormancy import Delays

    return Delays(*settings.inactivity.delays)


def ways_of(settings: "Settings") -> "dict[ContactKind, Way]":
    """What holders are told by. Raises OSError when a secret or the authorities cannot be read."""
    from vaguemestre.mail.address import parse_address
    from vaguemestre.mail.contact import ContactKind

    notify = settings.notify
    ways: dict[ContactKind, Way] = {}
    if notify.smart_host is None and not notify.webhook:
        return ways
    from vaguemestre.notify.smart_host import SmartHost
    from vaguemestre.notify.webhook import Webhook

    context = ssl.create_default_context(cafile=notify.authorities)
    if notify.smart_host is not None:
        at, named = notify.smart_host, (parse_address(notify.sender), notify.sender_name, settings.hostname)
        signs_in = (notify.smart_host_user, _secret(notify.smart_host_password_file))
        ways[ContactKind.MAIL] = SmartHost(
            at.host, at.port, notify.smart_host_tls, context, *named, *signs_in
        )
    if notify.webhook:
        secret = _secret(notify.webhook_secret_file).encode()
        ways[ContactKind.WEBHOOK] = Webhook(notify.webhook, secret, context)
    return ways


def _secret(file: Path | None) -> str:
    return "" if file is None else file.read_text(encoding="utf-8").strip()


def console_address_of(settings: "Settings", port: int) -> str:
    """What administrators type, on that port unless the settings say another."""
    console = settings.console
    return console.address or f"{'https' if console.tls else 'http'}://{settings.hostname}:{port}"


def console_provider_of(settings: "Settings", clock: "Clock") -> "tuple[ProviderKeys, ProviderTerms] | None":
    """Who signs administrators in, beside the console itself. Raises OSError without the secret."""
    openid = settings.console_openid
    if not openid.issuer:
        return None
    from vaguemestre.net.http import get
    from vaguemestre.service.administration.by_provider import ProviderTerms
    from vaguemestre.service.sign_in.provider_keys import ProviderKeys

    secret = _secret(openid.secret_file)
    who = (openid.name, openid.client, secret, openid.scopes)
    return ProviderKeys(openid.issuer, get, clock), ProviderTerms(*who, openid.claim, openid.amr, openid.acr)


def metrics_token_of(settings: "Settings") -> str:
    """What Prometheus shows, empty where it need not. Raises OSError."""
    return _secret(settings.metrics.token_file)


def tokens_of(settings: "Settings", clock: "Clock") -> "Tokens | None":
    """Whose tokens are taken, if any are."""
    from vaguemestre.net.http import get
    from vaguemestre.service.sign_in.tokens import Provider, Tokens

    openid = settings.openid
    if not openid.issuer:
        return None
    provider = Provider(openid.issuer, frozenset(openid.clients), openid.claim, openid.prefix)
    return Tokens(provider, get, clock)


def dispensations_of(settings: "Settings", clock: "Clock") -> "Dispensations | None":
    """Who knows which pharmacy dispensed to whom, if anybody is asked. Raises OSError without the token."""
    from vaguemestre.net.http import post_json
    from vaguemestre.service.arriving.dispensations import Dispensations

    pharmacies = settings.pharmacies
    if not pharmacies.dispensation_url:
        return None
    file = pharmacies.dispensation_token_file
    token = None if file is None else f"Bearer {file.read_text(encoding='utf-8').strip()}"
    return Dispensations(pharmacies.dispensation_url, token, post_json, clock)
