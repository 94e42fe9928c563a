"""A list that would have a file, or somebody's address, read into it: neither is opened. domain.md §6."""

import socket
from pathlib import Path

from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, fault_of

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault


def test_neither_files_nor_addresses_are_opened(health_pki: HealthPki, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hopital")
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    head, _, rest = good.partition(b"<Liste")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host = f"http://127.0.0.1:{server.getsockname()[1]}/"
        for address in (secret.as_uri(), host):
            for declared in (
                f'<!DOCTYPE l [<!ENTITY a SYSTEM "{address}">]>',
                f'<!DOCTYPE l [<!ENTITY % a SYSTEM "{address}"> %a;]>',
                f'<!DOCTYPE l SYSTEM "{address}">',
            ):
                octets = head + declared.encode() + b"<Liste" + rest.replace(b"<Nom>hopital", b"<Nom>&a;")
                assert fault_of(health_pki, octets, NOON) is ListFault.UNREADABLE
        assert not connected(server)


def test_inclusions_and_style_sheets_are_not_followed(health_pki: HealthPki, tmp_path: Path) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host = f"http://127.0.0.1:{server.getsockname()[1]}/"
        include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{host}"/>'
        sheet = f'<?xml-stylesheet href="{host}"?>'
        for added in (include, sheet):
            octets = good.replace(b"<ListeDomaines>", added.encode() + b"<ListeDomaines>")
            assert fault_of(health_pki, octets, NOON) in (ListFault.SIGNATURE, ListFault.UNREADABLE)
        assert not connected(server)


def connected(server: socket.socket) -> bool:
    try:
        connection, _ = server.accept()
    except BlockingIOError:
        return False
    connection.close()
    return True
