"""Every setting: its name, its default, its unit, and what it is for.

The sentence under a field is its description, printed in docs/settings.md and in the commented file of
``vaguemestre init``. domain.md §2 and §3 give the rules and limits behind the values. To add a setting,
add a field here and read it in ``app``; the tests fail until it is described.

A path may be relative: it is then taken from the folder of the TOML file, whatever the current folder.
"""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import ByteSize, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.mailbox import ACCESS_HISTORY
from vaguemestre.policy.limits import Allowance, CitizenMayWrite, InsKeyCheck
from vaguemestre.settings.audit import AuditSection
from vaguemestre.settings.carried import (
    AntivirusSection,
    ArchivesSection,
    DocumentsSection,
    ToCitizenSection,
    ToProfessionalSection,
)
from vaguemestre.settings.console import ConsoleSection
from vaguemestre.settings.console_openid import ConsoleOpenIdSection
from vaguemestre.settings.conversations import ConversationsSection, PharmaciesSection
from vaguemestre.settings.directory import DirectorySection
from vaguemestre.settings.domains import DomainsSection
from vaguemestre.settings.inactivity import InactivitySection
from vaguemestre.settings.listen import ListenSection
from vaguemestre.settings.metrics import MetricsSection
from vaguemestre.settings.notify import NotifySection
from vaguemestre.settings.outbound import OutboundSection
from vaguemestre.settings.public import PublicSection
from vaguemestre.settings.relay import RelaySection
from vaguemestre.settings.section import Section
from vaguemestre.settings.statistics import StatisticsSection
from vaguemestre.settings.trust import TrustSection
from vaguemestre.settings.values import (
    Count,
    DatabaseUrl,
    Days,
    DaysBefore,
    FolderDelay,
    FolderDelays,
    Hold,
    Processes,
    Seconds,
    Sending,
    Size,
    Words,
)

ENVIRONMENT_PREFIX = "VAGUEMESTRE_"
ENVIRONMENT_DELIMITER = "__"


class LogFormat(StrEnum):
    """How a log line is written."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least important lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class DatabaseSection(Section):
    """The message store."""

    url: DatabaseUrl = "sqlite:///vaguemestre.db"
    """Where messages, accounts and conversations are kept."""

    url_file: Path | None = None
    """A file holding the URL instead, when it carries a password."""


class KeysSection(Section):
    """The key store, apart from the messages: a backup of messages must hold no key."""

    url: DatabaseUrl = "sqlite:///keys.db"
    """Where wrapped data keys are kept; never the same database as the messages."""

    url_file: Path | None = None
    """A file holding the URL instead, when it carries a password."""

    master_key_file: Path = Path("master.key")
    """The file holding the master key(s), readable by its owner alone (0600)."""

    master_key: SecretStr | None = None
    """The master key itself; for the environment only (VAGUEMESTRE_KEYS__MASTER_KEY). Wins over the file."""


class ObjectsSection(Section):
    """Where the sealed octets of large messages are kept: a directory, or an S3 bucket."""

    directory: Path = Path("objects")
    """The directory, when no bucket is named."""

    spool: Path = Path("spool")
    """Where large messages are held, already encrypted, while they arrive. Best on the same disk."""

    bucket: str = ""
    """The S3 bucket; empty keeps to the directory."""

    prefix: str = ""
    """What the names of objects start with in the bucket, without a slash at the end."""

    endpoint: str = ""
    """The address of the S3 service, such as https://s3.example.fr."""

    region: str = "us-east-1"
    """The region of the bucket."""

    access_key: str = ""
    """The S3 access key."""

    secret_key_file: Path | None = None
    """A file holding the S3 secret key."""

    @model_validator(mode="after")
    def _complete(self) -> "ObjectsSection":
        if self.bucket and not (self.endpoint and self.access_key and self.secret_key_file):
            raise ValueError("a bucket needs endpoint, access_key and secret_key_file")
        return self


class TlsSection(Section):
    """The certificate shown to clients. TLS 1.2 and 1.3, with the suites recommended by the ANSSI."""

    certificate: Path = Path("certs/server.pem")
    """PEM file: the server's certificate, then the intermediate ones."""

    key: Path = Path("certs/server.key")
    """PEM file: the private key, readable by its owner alone."""

    client_authorities: Path | None = None
    """PEM file: authorities whose client certificates open APP mailboxes. When set, every client is asked
    for one, and some mail programs then ask their user."""

    client_revocations: Path | None = None
    """PEM file: the revocation lists (CRL) of those authorities."""

    @model_validator(mode="after")
    def _complete(self) -> "TlsSection":
        if self.client_revocations is not None and self.client_authorities is None:
            raise ValueError("client_revocations needs client_authorities")
        return self


class SecuritySection(Section):
    """What a client must do before it signs in."""

    require_tls: bool = True
    """Refuse to sign in without TLS. False allows it on loopback only, for trials and measurements."""

    channel_binding: bool = False
    """Offer SCRAM-SHA-256-PLUS, which finds out whoever stands between. Some mail programs then fail to sign
    in: Debian's mutt chooses it and cannot do it."""


class OpenIdSection(Section):
    """Sign-in with an access token of an OpenID provider, such as Pro Santé Connect."""

    issuer: str = ""
    """The provider's name and address, such as https://auth.example.fr/realms/x; empty takes no tokens."""

    clients: Words = ()
    """Identifiers of the programs whose tokens are taken, as they stand in `aud` or `azp`."""

    claim: str = "SubjectNameID"
    """The claim that carries the RPPS number of the holder."""

    prefix: str = ""
    """What stands before the RPPS number in that claim, if anything."""

    @model_validator(mode="after")
    def _complete(self) -> "OpenIdSection":
        if self.issuer and not self.clients:
            raise ValueError("clients is needed: without it a token made for any program would sign in here")
        return self


class LimitsSection(Section):
    """What is too much."""

    message_size: Size = ByteSize(25_000_000)
    """One whole message as it travels, whoever sends it; announced as SIZE."""

    recipients: Count = 100
    """Recipients of one message."""

    longest_hold: Hold = 30
    """How long a message may wait that is sent for later (FUTURERELEASE). 0 holds none."""

    held: Count = 1_000
    """Messages of one account that wait to be released, at once."""

    connections: Count = 4000
    """Connections at once, on each listener."""

    connections_per_address: Count = 2000
    """Connections at once from one network address, on each IMAP listener; a whole hospital may share one."""

    connections_per_account: Count = 100
    """IMAP connections at once of one account, five or so a program; one more ends the one idle longest."""


class QuotaSection(Section):
    """How much a mailbox may hold, by kind, when it is made. 0 sets no limit."""

    per: Size = ByteSize(2_000_000_000)
    """A person's mailbox."""

    org: Size = ByteSize(10_000_000_000)
    """A service's mailbox."""

    app: Size = ByteSize(10_000_000_000)
    """A program's mailbox."""

    cab: Size = ByteSize(10_000_000_000)
    """A practice's mailbox."""

    citizen: Size = ByteSize(1_000_000_000)
    """A citizen's mailbox."""

    def of(self, kind: BalKind) -> int:
        """The limit for mailboxes of a kind, in octets."""
        return {
            BalKind.PER: self.per,
            BalKind.ORG: self.org,
            BalKind.APP: self.app,
            BalKind.CAB: self.cab,
            BalKind.CITIZEN: self.citizen,
        }[kind]


class SendingSection(Section):
    """How much one account may send, by kind. What is too much is refused for now, with when to come back."""

    per: Sending = Allowance(300, 5_000, 100, 10_000, 50)
    """A person's mailbox."""

    org: Sending = Allowance(600, 50_000, 100, 100_000, 100)
    """A service's mailbox."""

    app: Sending = Allowance(6_000, 500_000, 100, 1_000_000, 200)
    """A program's mailbox: thousands of messages a night."""

    cab: Sending = Allowance(300, 20_000, 100, 40_000, 100)
    """A practice's mailbox."""

    citizen: Sending = Allowance(20, 500, 20, 1_000, 10)
    """A citizen's mailbox."""

    operator: Sending = Allowance(6_000, 2_000_000, 100, 4_000_000, 100)
    """Another operator, for all who write by him; `connections` is not counted here."""

    def of(self, kind: BalKind) -> Allowance:
        """What accounts of a kind may do."""
        return {
            BalKind.PER: self.per,
            BalKind.ORG: self.org,
            BalKind.APP: self.app,
            BalKind.CAB: self.cab,
            BalKind.CITIZEN: self.citizen,
        }[kind]


class RetentionSection(Section):
    """How long a message is kept after it was received; its key is then destroyed."""

    days: Days = 90
    """Any mailbox whose kind is not named below."""

    per: Days | None = None
    """A person's mailbox."""

    org: Days | None = None
    """A service's mailbox."""

    app: Days | None = None
    """A program's mailbox."""

    cab: Days | None = None
    """A practice's mailbox."""

    citizen: Days | None = None
    """A citizen's mailbox."""

    warn: DaysBefore = 7
    """How long before a message goes its holder is warned, by the keyword `$ExpireBientot` and a digest."""

    folders: FolderDelays = (
        FolderDelay("Trash", 30),
        FolderDelay("Junk", 30),
        FolderDelay(ACCESS_HISTORY, 365),
    )
    """Mailboxes with a delay of their own, those below them included: by special use (`Sent`, `Drafts`,
    `Trash`, `Junk`) or by name. One longer than the kind's takes its place; a shorter one counts from when a
    message was put there, and never beyond the kind's."""

    def of(self, kind: BalKind) -> timedelta:
        """The delay for mailboxes of a kind."""
        days = {
            BalKind.PER: self.per,
            BalKind.ORG: self.org,
            BalKind.APP: self.app,
            BalKind.CAB: self.cab,
            BalKind.CITIZEN: self.citizen,
        }[kind]
        return timedelta(days=self.days if days is None else days)


class ArchiveSection(Section):
    """What a citizen's mailbox held when it was closed, sealed to a key that is not on this server."""

    public_key: Path | None = None
    """PEM file: the public half of the archive's key, made by `vaguemestre archive key`. Without it no
    citizen's mailbox can be closed."""

    years: Count = 10
    """How long an archive is kept; then its keys are destroyed."""


class WorkersSection(Section):
    """Background work."""

    expire_every: Seconds = 600
    """How often expired messages are looked for."""

    batch: Count = 500
    """Messages taken in one unit of background work."""


class LogSection(Section):
    """What is written on standard error. Addresses are pseudonymised, an INS never appears whole."""

    format: LogFormat = LogFormat.CONSOLE
    """`console` for people, `json` for programs."""

    level: LogLevel = LogLevel.INFO
    """`debug`, `info`, `warning` or `error`."""


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        extra="forbid",
        frozen=True,
        env_prefix=ENVIRONMENT_PREFIX,
        env_nested_delimiter=ENVIRONMENT_DELIMITER,
        enable_decoding=False,  # lists are read by ``values``, from text
    )

    hostname: str = "localhost"
    """The name by which clients know this server: greetings, Received fields, Message-IDs of notices."""

    processes: Processes = 1
    """How many processes serve mail side by side, best one for each core. The first also has the console, the
    address book, other operators and the background work. Each counts for itself what `[limits]` says of
    connections."""

    citizen_may_write: CitizenMayWrite = CitizenMayWrite.REPLY
    """`reply`: a citizen only answers in an open conversation. `while-open`: also writes anew to that
    professional until the conversation is closed."""

    ins_key: InsKeyCheck = InsKeyCheck.REFUSE
    """A citizen's address whose key is wrong: `refuse` it (production), or `warn` (demonstration)."""

    domains: DomainsSection = DomainsSection()
    listen: ListenSection = ListenSection()
    public: PublicSection = PublicSection()
    tls: TlsSection = TlsSection()
    relay: RelaySection = RelaySection()
    outbound: OutboundSection = OutboundSection()
    console: ConsoleSection = ConsoleSection()
    console_openid: ConsoleOpenIdSection = ConsoleOpenIdSection()
    security: SecuritySection = SecuritySection()
    database: DatabaseSection = DatabaseSection()
    keys: KeysSection = KeysSection()
    objects: ObjectsSection = ObjectsSection()
    openid: OpenIdSection = OpenIdSection()
    limits: LimitsSection = LimitsSection()
    conversations: ConversationsSection = ConversationsSection()
    to_professional: ToProfessionalSection = ToProfessionalSection()
    to_citizen: ToCitizenSection = ToCitizenSection()
    archives: ArchivesSection = ArchivesSection()
    documents: DocumentsSection = DocumentsSection()
    antivirus: AntivirusSection = AntivirusSection()
    pharmacies: PharmaciesSection = PharmaciesSection()
    quota: QuotaSection = QuotaSection()
    sending: SendingSection = SendingSection()
    retention: RetentionSection = RetentionSection()
    archive: ArchiveSection = ArchiveSection()
    directory: DirectorySection = DirectorySection()
    trust: TrustSection = TrustSection()
    notify: NotifySection = NotifySection()
    inactivity: InactivitySection = InactivitySection()
    audit: AuditSection = AuditSection()
    statistics: StatisticsSection = StatisticsSection()
    workers: WorkersSection = WorkersSection()
    log: LogSection = LogSection()
    metrics: MetricsSection = MetricsSection()

    @model_validator(mode="after")
    def _relays(self) -> "Settings":
        if self.listen.relay is not None and not (self.relay.is_set and self.trust.is_used):
            raise ValueError("listen.relay needs [relay] and [trust]: whom it would let in")
        return self

    @model_validator(mode="after")
    def _is_not_overheard(self) -> "Settings":
        if not self.console.is_safe_at(self.listen.http):
            raise ValueError("console.tls = false needs listen.http on this machine, or console.proxies")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which arrives as initial values."""
        return env_settings, init_settings
