"""``vaguemestre check``: whether this configuration can serve, what is wrong, and how to mend it.

Every part is looked at even when one before it is broken. Nothing is changed.
"""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import typer
from cryptography import x509

from vaguemestre.cli.failures import ExitStatus, explained
from vaguemestre.cli.operation import AsJson, Config, config_file
from vaguemestre.cli.output import print_json, print_table, say
from vaguemestre.cli.standing import standing_of
from vaguemestre.configured import (
    antivirus_of,
    directory_of,
    errand_of,
    masters_of,
    notification_text_of,
    operator_tls_of,
    time_stamps_of,
    tls_of,
    trust_of,
    ways_of,
)
from vaguemestre.log import configure_logging
from vaguemestre.mail.trust_list import TrustList
from vaguemestre.service.directory.address_book import Freshness, freshness_of
from vaguemestre.service.ports.antivirus import AntivirusDownError
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.services import SystemClock, open_services
from vaguemestre.settings import Settings, SettingsError, read_settings
from vaguemestre.store.open import NewerSchemaError
from vaguemestre.vault.archive_keys import load_public

_SOON: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found. ``mend`` is empty when nothing needs doing; ``is_wrong`` fails the check."""

    part: str
    is_wrong: bool
    detail: str
    mend: str = ""


class _Wrong(Exception):  # noqa: N818 (a finding on its way up, not an error of ours)
    def __init__(self, detail: str, mend: str) -> None:
        super().__init__(detail)
        self.mend = mend


def check(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """Check configuration and store: what is wrong, and how to mend it. Status 1 when something is."""
    path = config_file(context, config)
    configure_logging(json=False, level="error", key=secrets.token_bytes(32))
    try:
        settings = read_settings(path)
    except SettingsError as error:
        findings = [Finding("settings", True, str(problem), f"edit {path}") for problem in error.problems]
        _print(findings, as_json)
        raise typer.Exit(ExitStatus.CONFIGURATION) from None
    findings = [Finding("settings", False, str(path)), *_findings(settings)]
    _print(findings, as_json)
    if any(finding.is_wrong for finding in findings):
        raise typer.Exit(ExitStatus.REFUSED)


def _findings(settings: Settings) -> Iterator[Finding]:
    looks: tuple[tuple[str, Callable[[Settings], str], str], ...] = (
        ("domains", _domains, "name them in [domains]"),
        ("certificate", _certificate, "name a valid certificate and its key in [tls]"),
        ("operators", _operators, "see [relay], and: vaguemestre certificate show"),
        ("master key", _master_key, "restore the file from its copy, mode 0600, or name it in [keys]"),
        ("database", _database, "see [database], or run: vaguemestre migrate"),
        ("archive key", _archive_key, "make one with vaguemestre archive key, and name it in [archive]"),
        ("notifications", _notifications, "see [notify], and: vaguemestre notification text"),
        ("antivirus", _antivirus, "start clamd, or name where it listens in [antivirus]"),
        ("trust list", _trust_list, "see [trust], and: vaguemestre trust refresh"),
        ("directory", _directory, "see [directory], and: vaguemestre directory import"),
        ("time stamps", _time_stamps, "see [audit] time_stamp_authorities"),
        ("objects", _objects, "make the folder writable, or name another in [objects]"),
    )
    for part, look, mend in looks:
        try:
            yield Finding(part, False, look(settings))
        except _Wrong as wrong:
            yield Finding(part, True, str(wrong), wrong.mend)
        except NewerSchemaError as newer:
            yield Finding(part, True, str(newer), "put that newer release back, or a backup of this one's")
        except Exception as error:
            yield Finding(part, True, explained(error)[0], mend)


def _domains(settings: Settings) -> str:
    professional, citizen = settings.domains.professional, settings.domains.citizen
    if settings.trust.is_used and (professional or citizen):  # the others may be another operator's
        citizens = [*citizen, *settings.domains.citizen_elsewhere]
        return f"{', '.join(professional) or 'no professionals'}; citizens at {', '.join(citizens) or 'none'}"
    if not professional or not citizen:
        missing = "professional" if not professional else "citizen"
        raise _Wrong(f"no {missing} domain: nobody can be written to", f"name one in [domains] {missing}")
    return f"{', '.join(professional)}; citizens at {', '.join(citizen)}"


def _certificate(settings: Settings) -> str:
    tls_of(settings).context()
    return _in_force(settings.tls.certificate, settings.tls.key)


def _in_force(path: Path, key: Path) -> str:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    until = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    if left <= timedelta(0):
        raise _Wrong(f"{path} expired on {until}", "put a new certificate in its place")
    if key.stat().st_mode & 0o077:
        raise _Wrong(f"{key} can be read by others", f"chmod 600 {key}")
    return f"valid until {until}" + (", which is soon: renew it" if left < _SOON else "")


def _operators(settings: Settings) -> str:
    operators, relay = operator_tls_of(settings, SystemClock()), settings.relay
    if operators is None or relay.certificate is None or relay.key is None:
        return "none: mail stays here"
    until = _in_force(relay.certificate, relay.key)
    standing = standing_of(x509.load_pem_x509_certificate(relay.certificate.read_bytes()), operators)
    if standing.fault:
        raise _Wrong(
            f"{relay.certificate} would not be believed: {standing.fault}", "vaguemestre certificate show"
        )
    missing = [source for source in operators.lists.sources if source not in operators.lists.held]
    if missing:
        raise _Wrong(
            f"no good revocation list at {', '.join(missing)}", "see the log, and [relay] revocations"
        )
    ends = min((held.until for held in operators.lists.held.values()), default=None)
    if ends is not None and any(held.is_old(datetime.now(UTC)) for held in operators.lists.held.values()):
        until += f"; a revocation list is old: {ends:%Y-%m-%d %H:%M} UTC is its end"
    elif ends is not None:
        until += f"; revocation lists until {ends:%Y-%m-%d}"
    return f"{standing.subject}, {until}"


def _antivirus(settings: Settings) -> str:
    scanner = antivirus_of(settings)
    if scanner is None:
        return "none"
    try:
        asyncio.run(scanner.scan([b"Bonjour"]))
    except AntivirusDownError:
        place = settings.antivirus.clamd
        raise _Wrong(f"clamd does not answer at {place}: no message is taken", "start clamd") from None
    return f"clamd answers at {settings.antivirus.clamd}"


def _time_stamps(settings: Settings) -> str:
    stamps = time_stamps_of(settings)
    if stamps is None:
        return "none"
    return f"asked at {settings.audit.time_stamps}" if stamps.can_ask else "verified, and none asked for"


def _master_key(settings: Settings) -> str:
    masters = masters_of(settings)
    old = len(masters.old)
    return f"{masters.current.id}" + (f", and {old} of an unfinished rotation: keys rotate" if old else "")


def _archive_key(settings: Settings) -> str:
    if settings.archive.public_key is None:
        raise _Wrong(
            "none: no citizen's mailbox can be closed",
            "vaguemestre archive key FILE, and name FILE.pub in [archive] public_key",
        )
    return load_public(settings.archive.public_key).id


def _database(settings: Settings) -> str:
    async def counted() -> int:
        async with open_services(settings, SystemClock()) as services:
            return len(await services.accounts.all())

    return f"{asyncio.run(counted())} accounts"


def _directory(settings: Settings) -> str:
    async def found() -> Freshness | None:
        directory = directory_of(settings)  # alone: what is wrong with a key is told elsewhere
        try:
            return await freshness_of(directory, SystemClock().now(), settings.directory.stale_after)
        finally:
            directory.close()

    freshness = asyncio.run(found())
    is_renewed = errand_of(settings).has_source
    if freshness is None:
        if is_renewed:
            raise _Wrong("none is imported yet", "run: vaguemestre directory import")
        return "none"
    told = f"{freshness.state.rows} mailboxes, of {freshness.state.published_at:%Y-%m-%d}"
    if freshness.is_stale and is_renewed:
        raise _Wrong(f"{told}, which is old", "the log says why: directory_not_renewed")
    return told


def _notifications(settings: Settings) -> str:
    notification_text_of(settings)
    ways = ways_of(settings)
    return "by " + " and by ".join(sorted(ways)) if ways else "nobody is told"


def _trust_list(settings: Settings) -> str:
    keeping = trust_of(settings, SystemClock())
    if keeping is None:
        return "none: this gateway is alone"
    asyncio.run(keeping.load())
    held, age = keeping.held, keeping.space.age
    if held is None or age is None:
        raise _Wrong("no list was taken yet: mail elsewhere waits", "vaguemestre trust refresh")
    told = f"{len(held.trust_list.domains())} domains, {age.days} days old"
    if not keeping.space.is_current:
        raise _Wrong(f"{told}: too old, mail elsewhere waits", "see why with: vaguemestre trust refresh")
    if age > keeping.terms.warn_after:
        told += f", which is old: at {keeping.terms.longest_age.days} mail elsewhere waits"
    unlisted = _unlisted(settings, held.trust_list)
    if unlisted:
        raise _Wrong(
            f"{told}; our certificate is not listed for {', '.join(unlisted)}: others refuse their mail",
            "have it listed; see what is: vaguemestre trust show DOMAIN",
        )
    ends = held.signed_until
    return told + (f"; its signer's certificate ends on {ends:%Y-%m-%d}" if _is_soon(ends) else "")


def _unlisted(settings: Settings, listed: TrustList) -> list[str]:
    """Our domains that our certificate as an operator does not speak for; none while there is none."""
    if settings.relay.certificate is None:
        return []
    ours = subject_of(x509.load_pem_x509_certificate(settings.relay.certificate.read_bytes()))
    domains = settings.domains.professional + settings.domains.citizen
    return [domain for domain in domains if not listed.accepts(domain, ours)]


def _is_soon(moment: datetime) -> bool:
    return moment - datetime.now(UTC) < _SOON


def _objects(settings: Settings) -> str:
    if settings.objects.bucket:
        return f"bucket {settings.objects.bucket}"
    folder = settings.objects.directory
    parent = folder if folder.exists() else folder.parent
    if not os.access(parent, os.W_OK | os.X_OK):
        raise _Wrong(f"{parent} is not writable", "give it to the account that serves")
    return str(folder)


def _print(findings: list[Finding], as_json: bool) -> None:
    if as_json:
        print_json(
            [{"part": f.part, "ok": not f.is_wrong, "detail": f.detail, "mend": f.mend} for f in findings]
        )
        return
    rows = ((f.part, "wrong" if f.is_wrong else "ok", f.detail, f.mend) for f in findings)
    print_table("", ("part", "state", "what", "how to mend it"), rows)
    wrong = sum(finding.is_wrong for finding in findings)
    say(f"{wrong} to mend." if wrong else "Everything is in order.")
