"""Clients meet TLS 1.2 or 1.3 with good suites, and a development certificate that strict clients accept."""

import asyncio
import ssl
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vaguemestre.net.development_pki import DevelopmentPki, make_development_pki
from vaguemestre.net.tls import SUITES_TLS12, CertificateError, server_context


@pytest.fixture
def pki(tmp_path: Path) -> DevelopmentPki:
    return make_development_pki(tmp_path / "certs", datetime.now(UTC))


@asynccontextmanager
async def a_server(context: ssl.SSLContext, host: str = "127.0.0.1") -> AsyncIterator[int]:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, host, 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def shaken(port: int, context: ssl.SSLContext, host: str, address: str = "127.0.0.1") -> ssl.SSLObject:
    reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
    try:
        assert await reader.readline() == b"hello\r\n"
        tls = writer.get_extra_info("ssl_object")
        assert isinstance(tls, ssl.SSLObject)
        return tls
    finally:
        writer.close()


def a_client(pki: DevelopmentPki, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(pki.authority))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
async def test_a_strict_client_accepts_the_development_certificate(pki: DevelopmentPki, host: str) -> None:
    async with a_server(server_context(pki.certificate, pki.key)) as port:
        await shaken(port, a_client(pki), host)


async def test_a_client_refuses_another_host(pki: DevelopmentPki) -> None:
    async with a_server(server_context(pki.certificate, pki.key)) as port:
        with pytest.raises(ssl.SSLCertVerificationError):
            await shaken(port, a_client(pki), "mail.example.fr")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_both_good_versions_are_spoken(pki: DevelopmentPki, version: ssl.TLSVersion) -> None:
    async with a_server(server_context(pki.certificate, pki.key)) as port:
        tls = await shaken(port, a_client(pki, version), "localhost")
    assert tls.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]


def _old_version(context: ssl.SSLContext) -> None:
    # The client is told to speak what the server must refuse; OpenSSL's own level would refuse first.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1


def _static_rsa(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES256-GCM-SHA384:AES128-SHA")


def _cbc(context: ssl.SSLContext) -> None:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("weaken", [_old_version, _static_rsa, _cbc])
async def test_old_versions_and_weak_suites_are_refused(
    pki: DevelopmentPki, weaken: Callable[[ssl.SSLContext], None]
) -> None:
    client = a_client(pki)
    weaken(client)
    async with a_server(server_context(pki.certificate, pki.key)) as port:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await shaken(port, client, "localhost")


def test_the_suites_of_tls_1_2_are_those_listed(pki: DevelopmentPki) -> None:
    suites = server_context(pki.certificate, pki.key).get_ciphers()
    assert [suite["name"] for suite in suites if suite["protocol"] == "TLSv1.2"] == list(SUITES_TLS12)


def test_keys_are_readable_by_their_owner_alone(pki: DevelopmentPki) -> None:
    for path in (pki.key, pki.authority_key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_replaced(pki: DevelopmentPki) -> None:
    with pytest.raises(FileExistsError):
        make_development_pki(pki.key.parent, datetime.now(UTC))


def test_a_missing_or_foreign_key_is_said(pki: DevelopmentPki, tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="is not there"):
        server_context(pki.certificate, tmp_path / "absent.key")
    with pytest.raises(CertificateError, match="do not belong together"):
        server_context(pki.certificate, pki.authority_key)
    with pytest.raises(CertificateError, match="not readable PEM"):
        server_context(pki.key, pki.key)
