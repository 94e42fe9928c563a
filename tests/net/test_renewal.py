"""Certificates and revocation lists are renewed under a running server. domain.md §5."""

import asyncio
import ssl
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from tests.support.client_pki import ClientAuthority, ShownCertificate

from vaguemestre.net.development_pki import DevelopmentPki, make_development_pki
from vaguemestre.net.renewal import Renewal
from vaguemestre.net.tls import ClientCertificates, ServerContext, TlsFiles


@pytest.fixture
def pki(tmp_path: Path) -> DevelopmentPki:
    return make_development_pki(tmp_path / "first", datetime.now(UTC))


async def shown_to(
    context: ServerContext, pki: DevelopmentPki, shown: ShownCertificate | None = None
) -> bytes | None:
    """The certificate that a client sees, once it was served a line; it may show one of its own."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    client = ssl.create_default_context(cafile=str(pki.authority))
    if shown is not None:
        client.load_cert_chain(shown.path)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client, server_hostname="localhost"
        )
        try:
            writer.write(b"hello\n")
            assert await reader.readline() == b"hello\n"
            tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
            return tls.getpeercert(binary_form=True)
        finally:
            writer.close()


async def test_a_renewed_certificate_is_shown_to_the_next_client(pki: DevelopmentPki, tmp_path: Path) -> None:
    files = TlsFiles(pki.certificate, pki.key)
    context = files.context()
    renewal = Renewal(files.paths, partial(files.load_into, context))
    before, bound = await shown_to(context, pki), context.end_point
    assert await renewal.run_once(500) == 0
    renewed = make_development_pki(tmp_path / "second", datetime.now(UTC))
    pki.key.write_bytes(renewed.key.read_bytes())
    assert await renewal.run_once(500) == 0  # half written: the old one stays
    assert await shown_to(context, pki) == before
    pki.certificate.write_bytes(renewed.certificate.read_bytes())
    assert await renewal.run_once(500) == 1
    assert await renewal.run_once(500) == 0
    assert await shown_to(context, renewed) != before
    assert context.end_point != bound


async def test_a_certificate_revoked_since_does_not_come_in(pki: DevelopmentPki, tmp_path: Path) -> None:
    authority = ClientAuthority(tmp_path)
    shown = authority.certificate("CN=resultats,C=FR")
    clients = ClientCertificates(authority.authorities, authority.revocations())
    files = TlsFiles(pki.certificate, pki.key, clients)
    context = files.context()
    renewal = Renewal(files.paths, partial(files.load_into, context))
    assert await shown_to(context, pki, shown)
    authority.revocations(shown)
    assert await renewal.run_once(500) == 1
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        await shown_to(context, pki, shown)
    assert await shown_to(context, pki)


async def test_an_authority_of_clients_that_is_added_counts_at_once(
    pki: DevelopmentPki, tmp_path: Path
) -> None:
    first = ClientAuthority(tmp_path)
    (tmp_path / "second").mkdir()
    second = ClientAuthority(tmp_path / "second", "Another authority of clients")
    shown = second.certificate("CN=resultats,C=FR")
    files = TlsFiles(pki.certificate, pki.key, ClientCertificates(first.authorities))
    context = files.context()
    renewal = Renewal(files.paths, partial(files.load_into, context))
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        await shown_to(context, pki, shown)
    first.authorities.write_bytes(first.authorities.read_bytes() + second.authorities.read_bytes())
    assert await renewal.run_once(500) == 1
    assert await shown_to(context, pki, shown)


async def test_files_that_are_gone_for_a_moment_harm_nobody(pki: DevelopmentPki) -> None:
    files = TlsFiles(pki.certificate, pki.key)
    context = files.context()
    renewal = Renewal(files.paths, partial(files.load_into, context))
    content = pki.certificate.read_bytes()
    pki.certificate.unlink()
    assert await renewal.run_once(500) == 0
    assert await shown_to(context, pki)
    pki.certificate.write_bytes(content)
    assert await renewal.run_once(500) == 1
