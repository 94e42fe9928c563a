"""Two whole gateways that meet: folders, databases and certificates of their own, one PKI, one trust list.

The *hospital* has professionals and knows that citizens are elsewhere; the *citizens'* has citizens alone.
Both are processes (``support.journey``). A third operator, the *clinic*, is no gateway: tests speak for it.
"""

import re
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from imaplib import IMAP4_SSL
from pathlib import Path
from typing import Final

from tests.support.journey import PASSWORD, House, Server, a_server, pair
from tests.support.operator_tls import client_of
from tests.support.servers import free_port
from tests.support.trust_lists import a_signed_list, trust_settings

from vaguemestre.net.health_pki import OPERATORS, HealthPki, Shown, make_health_pki
from vaguemestre.service.trust.subjects import subject_of

HOSPITAL: Final = "hopital.mssante.example"
CITIZENS: Final = "patient.mssante.fr"
CLINIC: Final = "clinique.mssante.example"

DOCTOR: Final = f"claire.martin@{HOSPITAL}"
CITIZEN: Final = f"191070000002243@{CITIZENS}"
DOCTORS: Final = tuple(f"docteur.{number}@{HOSPITAL}" for number in range(4))
PATIENTS: Final = tuple(f"{pair(number).citizen}" for number in range(4))
SURGEON: Final = f"paul.durand@{CLINIC}"

_CLINIC_SUBJECT: Final = "CN=mss.clinique.example,OU=399999999900072,O=CLINIQUE FICTIVE,ST=Isère (38),C=FR"
_SUBJECTS: Final = {**OPERATORS, "clinic": _CLINIC_SUBJECT}
_LISTED: Final = {HOSPITAL: "operator", CITIZENS: "citizen-operator", CLINIC: "clinic"}


@dataclass(frozen=True, slots=True)
class Gateway:
    """One of them. ``relay_port`` is where it listens to other operators whenever it is up."""

    house: House
    relay_port: int

    @contextmanager
    def up(self, log_file: Path | None = None) -> Iterator[Server]:
        """``serve``; see ``journey.a_server``."""
        with a_server(self.house, log_file, VAGUEMESTRE_LISTEN__RELAY=f"127.0.0.1:{self.relay_port}") as up:
            yield up


@dataclass(frozen=True, slots=True)
class TrustedSpace:
    """What the gateways have in common, and both of them.

    ``clinic_port`` is where the hospital looks for the clinic, should a test have it answer.
    """

    folder: Path
    pki: HealthPki
    hospital: Gateway
    citizens: Gateway
    clinic_port: int

    @property
    def list_file(self) -> Path:
        """Where both look for the trust list."""
        return self.folder / "trust-list.xml"

    def publish(self, listed: Mapping[str, str] = _LISTED) -> None:
        """Sign a list made now: domain → the PKI's name of the certificate."""
        publish(self.list_file, self.pki, listed)

    def expired_operator(self, name: str, subject: str) -> Shown:
        """One more operator, whose certificate was good until yesterday."""
        return self.pki.operator(name, subject, datetime.now(UTC) - timedelta(days=3), days=2)

    def client(self, name: str) -> ssl.SSLContext:
        """What a peer of the tests' shows."""
        return client_of(self.pki, name)


def publish(file: Path, pki: HealthPki, listed: Mapping[str, str] = _LISTED) -> None:
    """Sign a list made now, in one move."""
    pairs = [(domain, str(subject_of(pki.shown(name).read))) for domain, name in listed.items()]
    fresh = file.with_suffix(".new")
    fresh.write_bytes(a_signed_list(pki, pairs, datetime.now(UTC)))
    fresh.replace(file)


def make_gateways(folder: Path) -> None:
    """The folders of both, made by the command line, and their accounts; all have ``PASSWORD``."""
    folder.mkdir()
    doctors, patients = (DOCTOR, *DOCTORS), (CITIZEN, *PATIENTS)
    # One domain of each kind is asked for; what is none of theirs is taken out by ``_gateway``.
    _make(folder / "hospital", HOSPITAL, "citizen.example", [(who, "PER") for who in doctors])
    _make(folder / "citizens", "professional.example", CITIZENS, [(who, "CITIZEN") for who in patients])


def _make(folder: Path, professional: str, citizen: str, accounts: Iterable[tuple[str, str]]) -> None:
    made = ["init", str(folder), "--professional-domain", professional, "--citizen-domain", citizen]
    adds = [
        (["bal", "add", who, "--kind", kind, "--password-stdin"], f"{PASSWORD}\n") for who, kind in accounts
    ]
    House(folder).commands([(made, ""), *adds])


def a_trusted_space(folder: Path, gateways: Path) -> TrustedSpace:
    """Both, on copies of what ``make_gateways`` made; nothing is up yet."""
    pki = make_health_pki(folder / "pki", datetime.now(UTC), _SUBJECTS)
    list_file = folder / "trust-list.xml"
    publish(list_file, pki)
    ports = {HOSPITAL: free_port(), CITIZENS: free_port(), CLINIC: free_port()}
    hospital = _gateway(
        House(gateways / "hospital").copy(folder / "hospital"),
        pki,
        "operator",
        list_file,
        {"professional": [HOSPITAL], "citizen": [], "citizen_elsewhere": [CITIZENS]},
        ports[HOSPITAL],
        {CITIZENS: ports[CITIZENS], CLINIC: ports[CLINIC]},
    )
    citizens = _gateway(
        House(gateways / "citizens").copy(folder / "citizens"),
        pki,
        "citizen-operator",
        list_file,
        {"professional": [], "citizen": [CITIZENS]},
        ports[CITIZENS],
        {HOSPITAL: ports[HOSPITAL]},
    )
    return TrustedSpace(folder, pki, hospital, citizens, ports[CLINIC])


def _gateway(
    house: House,
    pki: HealthPki,
    name: str,
    list_file: Path,
    domains: Mapping[str, list[str]],
    relay_port: int,
    routes: Mapping[str, int],
) -> Gateway:
    text = house.config.read_text()
    for key, names in domains.items():
        written = ", ".join(f'"{each}"' for each in names)
        text, found = re.subn(rf"(?m)^(?:# )?{key} = \[.*\]$", f"{key} = [{written}]", text, count=1)
        assert found == 1, key
    shown = pki.shown(name)
    relay = f"""[relay]
certificate = '{shown.certificate}'
key = '{shown.key}'
authorities = '{pki.authorities}'
revocations = [{", ".join(f"'{path}'" for path in pki.lists)}]
revocations_every = 1
"""
    trust = trust_settings(pki, list_file) + "every = 1\n"
    there = ", ".join(f'"{domain} 127.0.0.1:{port}"' for domain, port in routes.items())
    outbound = f"""[outbound]
routes = [{there}]
schedule = ["1s"]
"""
    for section, content in (("relay", relay), ("trust", trust), ("outbound", outbound)):
        text = text.replace(f"[{section}]\n", content, 1)
    house.config.write_text(text)
    return Gateway(house, relay_port)


class PeerConnection:
    """Another operator's connection to a gateway, said line by line; a whole message at once."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file = self._socket.makefile("rb")
        self.reply()
        self.say("EHLO mx.peer.example")
        self.say("STARTTLS")
        self._socket = context.wrap_socket(self._socket, server_hostname="localhost")
        self._file = self._socket.makefile("rb")
        self.say("EHLO mx.peer.example")

    def say(self, line: str) -> str:
        """The whole reply to a line."""
        self._socket.sendall(line.encode() + b"\r\n")
        return self.reply()

    def reply(self) -> str:
        """The next whole reply, empty at the end."""
        lines = [self._file.readline()]
        while lines[-1][3:4] == b"-":
            lines.append(self._file.readline())
        return b"".join(lines).decode()

    def send(self, sender: str, recipient: str, message: str) -> list[str]:
        """The replies to MAIL, RCPT, DATA and the message, until one is negative."""
        replies = []
        body = message.replace("\n", "\r\n") + "\r\n."
        for line in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA", body):
            replies.append(self.say(line))
            if replies[-1][:1] not in "23":
                self.say("RSET")
                break
        return replies

    def close(self) -> None:
        """Without a word."""
        self._file.close()
        self._socket.close()


@contextmanager
def a_peer(gateway: Gateway, space: TrustedSpace, name: str) -> Iterator[PeerConnection]:
    """A connection that shows the certificate of that name."""
    peer = PeerConnection(gateway.relay_port, space.client(name))
    try:
        yield peer
    finally:
        peer.close()


def a_letter(sender: str, subject: str) -> str:
    """Somebody's to the doctor."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, DOCTOR, subject
    letter["Message-ID"] = f"<{subject.replace(' ', '.')}@{CLINIC}>"
    letter.set_content("Bonjour, voici le compte rendu.\n")
    return letter.as_string()


def inbox(server: Server, who: str) -> list[bytes]:
    """Every message there, whole."""
    with IMAP4_SSL("localhost", server.ports["imaps"], ssl_context=server.tls()) as client:
        client.login(who, PASSWORD)
        client.select("INBOX")
        _, found = client.search(None, "ALL")
        got = [client.fetch(number, "(BODY.PEEK[])")[1][0] for number in found[0].split()]
        return [part[1] for part in got if isinstance(part, tuple)]
