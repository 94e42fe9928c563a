"""A look at the ports of ``[listen]``: free while the server is stopped, and ours while it runs."""

import socket
import ssl
from typing import Final

from cryptography import x509

from vaguemestre.cli.doctor.finding import Trouble
from vaguemestre.mail.sentence import Sentence
from vaguemestre.settings import Settings
from vaguemestre.settings.values import Endpoint

_PATIENCE: Final = 3.0  # seconds


def ports(settings: Settings) -> Sentence:
    """Each is free, or answered by us."""
    ours = []
    for name, endpoint in settings.listen.endpoints().items():
        try:
            _bind(endpoint)
        except PermissionError as error:
            raise Trouble(
                Sentence(
                    f"Ce compte n'a pas le droit d'écouter sur {endpoint} ({name}).",
                    f"This account may not listen on {endpoint} ({name}).",
                ),
                Sentence(
                    "AmbientCapabilities=CAP_NET_BIND_SERVICE, ou un port au-dessus de 1023.",
                    "AmbientCapabilities=CAP_NET_BIND_SERVICE, or a port above 1023.",
                ),
            ) from error
        except OSError as error:
            if not _answers_as_we_do(settings, name, endpoint):
                raise Trouble(
                    Sentence(
                        f"{endpoint} ({name}) est pris par un autre, ou n'est pas de cette machine.",
                        f"{endpoint} ({name}) is taken by another, or is not of this machine.",
                    ),
                    Sentence(
                        f"ss -ltnp 'sport = :{endpoint.port}' dit par qui ; arrêtez-le, ou changez [listen].",
                        f"ss -ltnp 'sport = :{endpoint.port}' says by whom; stop it, or change [listen].",
                    ),
                ) from error
            ours.append(name)
    if ours:
        return Sentence(
            f"Le serveur y répond : {', '.join(ours)}.", f"The server answers: {', '.join(ours)}."
        )
    return Sentence("Ils sont libres : le serveur est arrêté.", "They are free: the server is stopped.")


def _bind(endpoint: Endpoint) -> None:
    (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
        endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    with socket.socket(family, kind, protocol) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(address)


def _answers_as_we_do(settings: Settings, name: str, endpoint: Endpoint) -> bool:
    """By the certificate where TLS comes first, by the greeting where there is one; else it is believed."""
    hosts = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what is listened on is asked here)
    host = hosts.get(endpoint.host, endpoint.host)
    try:
        with socket.create_connection((host, endpoint.port), _PATIENCE) as line:
            if name in {"submissions", "imaps", "ldaps"}:
                context = ssl.create_default_context()
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE  # it is compared, octet by octet
                with context.wrap_socket(line) as shown:
                    found = shown.getpeercert(binary_form=True)
                ours = x509.load_pem_x509_certificate(settings.tls.certificate.read_bytes())
                return found is not None and x509.load_der_x509_certificate(found) == ours
            greetings = {"submission": b"220 ", "relay": b"220 ", "imap": b"* "}
            return name not in greetings or line.recv(512).startswith(greetings[name])
    except OSError:
        return False
