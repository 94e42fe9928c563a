"""Programs sign in by access token and by client certificate, to a server process that trusts both.

RFC 7628, RFC 4422 appendix A; domain.md §5.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.client_pki import ClientAuthority
from tests.support.identity_provider import CLIENT, IdentityProvider, an_identity_provider
from tests.support.journey import PROFESSIONAL_DOMAIN, House, Server, a_server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import inbox
from tests.support.programs import Ended, program, run

RPPS = "10003456786"
DOCTOR = f"psc@{PROFESSIONAL_DOMAIN}"
PROGRAM = f"laboratoire@{PROFESSIONAL_DOMAIN}"
SUBJECT = "CN=laboratoire,OU=318000000012345,O=Laboratoire,C=FR"
CITIZEN = pair(0).citizen


@dataclass(frozen=True, slots=True)
class Trusting:
    """The server, and whom it trusts."""

    server: Server
    provider: IdentityProvider
    authority: ClientAuthority

    def token(self, **claims: object) -> str:
        """Good for two minutes."""
        return self.provider.token(time.time(), **{"SubjectNameID": RPPS, **claims})

    async def curl(self, *more: str) -> Ended:
        """curl, that trusts this server."""
        return await run(
            program("curl"), "--cacert", str(self.server.house.authority), "--verbose", "--show-error", *more
        )

    def sends(self, sender: str, folder: Path, scheme: str = "smtps") -> tuple[str, ...]:
        """How curl is told to send a letter."""
        (folder / "letter").write_bytes(
            a_letter(sender, CITIZEN, message_id=f"<{scheme}.{folder.name}@curl>")
        )
        listener = {"smtps": "submissions", "smtp": "submission"}[scheme]
        url = f"{scheme}://localhost:{self.server.ports[listener]}"
        who = ("--mail-from", sender, "--mail-rcpt", CITIZEN)
        return (url, "--ssl-reqd", *who, "--upload-file", str(folder / "letter"))


@pytest.fixture(scope="module")
def trusting(pristine: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trusting]:
    folder = tmp_path_factory.mktemp("trusting")
    house = pristine.copy(folder / "house")
    authority = ClientAuthority(folder)
    house.commands(
        [
            (["bal", "add", DOCTOR, "--kind", "PER", "--rpps", RPPS], ""),
            (["certificate", "add", PROGRAM, SUBJECT], ""),
        ]
    )
    with (
        an_identity_provider() as provider,
        a_server(
            house,
            VAGUEMESTRE_OPENID__ISSUER=provider.issuer,
            VAGUEMESTRE_OPENID__CLIENTS=CLIENT,
            VAGUEMESTRE_TLS__CLIENT_AUTHORITIES=str(authority.authorities),
            VAGUEMESTRE_TLS__CLIENT_REVOCATIONS=str(authority.revocations()),
        ) as server,
    ):
        yield Trusting(server, provider, authority)
        assert server.stop() == 0, server.log
        assert "Traceback" not in server.log


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_curl_sends_with_a_token(trusting: Trusting, tmp_path: Path, scheme: str) -> None:
    sends = trusting.sends(DOCTOR, tmp_path, scheme)
    chosen = ("--user", f"{DOCTOR}:", "--login-options", "AUTH=OAUTHBEARER")
    before = len(await asyncio.to_thread(inbox, trusting.server, CITIZEN))
    ended = await trusting.curl(*sends, *chosen, "--oauth2-bearer", trusting.token())
    assert ended.status == 0, ended.said
    assert "AUTH OAUTHBEARER" in ended.said
    assert len(await asyncio.to_thread(inbox, trusting.server, CITIZEN)) == before + 1
    for token in (trusting.token(exp=0), trusting.token(azp="another"), "no.token.atall"):
        ended = await trusting.curl(*sends, *chosen, "--oauth2-bearer", token)
        assert ended.status == 67, ended.said  # CURLE_LOGIN_DENIED


async def test_curl_reads_with_a_token(trusting: Trusting) -> None:
    url = f"imaps://localhost:{trusting.server.ports['imaps']}/"
    chosen = ("--user", f"{DOCTOR}:", "--login-options", "AUTH=OAUTHBEARER")
    ended = await trusting.curl(url, *chosen, "--oauth2-bearer", trusting.token())
    assert ended.status == 0, ended.said
    assert "* LIST " in ended.said


@pytest.mark.parametrize("scheme", ["smtps", "smtp"])
async def test_curl_sends_with_its_certificate(trusting: Trusting, tmp_path: Path, scheme: str) -> None:
    sends = trusting.sends(PROGRAM, tmp_path, scheme)
    external = ("--user", f"{PROGRAM}:", "--login-options", "AUTH=EXTERNAL")
    shown = trusting.authority.certificate(SUBJECT)
    ended = await trusting.curl(*sends, *external, "--cert", str(shown.path))
    assert ended.status == 0, ended.said
    assert "AUTH EXTERNAL" in ended.said
    other = trusting.authority.certificate(SUBJECT.replace("laboratoire", "autre"))
    ended = await trusting.curl(*sends, *external, "--cert", str(other.path))
    assert ended.status == 67, ended.said
    ended = await trusting.curl(*sends, *external)
    assert ended.status == 67, ended.said  # it is not offered without a certificate


MSMTP = """
account default
host localhost
port {port}
tls on
tls_starttls off
tls_trust_file {authority}
user {user}
from {user}
"""


@pytest.mark.parametrize("mechanism", ["oauthbearer", "xoauth2", "external"])
async def test_msmtp_sends_without_a_password(trusting: Trusting, tmp_path: Path, mechanism: str) -> None:
    binary = program("msmtp")
    user = PROGRAM if mechanism == "external" else DOCTOR
    text = MSMTP.format(
        port=trusting.server.ports["submissions"], authority=trusting.server.house.authority, user=user
    )
    if mechanism == "external":
        path = trusting.authority.certificate(SUBJECT).path
        text += f"auth external\ntls_cert_file {path}\ntls_key_file {path}\n"
    else:
        token = tmp_path / "token"
        token.write_text(trusting.token())  # apart: the lines of msmtprc are short
        text += f"auth {mechanism}\npasswordeval cat {token}\n"
    settings, letter = tmp_path / "msmtprc", tmp_path / "letter"
    settings.touch(0o600)
    settings.write_text(text)
    letter.write_bytes(a_letter(user, CITIZEN, message_id=f"<{mechanism}@msmtp>"))
    command = f'"$@" < {letter}'
    ended = await run("sh", "-c", command, "-", binary, "-C", str(settings), "--", CITIZEN)
    assert ended.status == 0, ended.said
