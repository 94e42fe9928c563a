"""One server of two processes: a client never sees which of them it speaks to, nor that one has died."""

import asyncio
import os
import signal
import smtplib
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest
from imapclient import IMAPClient
from tests.support.journey import PASSWORD, PATIENCE, House, Server, a_server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import by_smtplib, inbox, spoken

from vaguemestre.companions import Companions
from vaguemestre.service.health.pulse import Pulse
from vaguemestre.settings.values import Endpoint

TRIES = 200  # connections until each process has one: with two, the chance that it does not is 2 ** -200


@pytest.fixture(scope="module")
def server(pristine: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    house = pristine.copy(tmp_path_factory.mktemp("two") / "house")
    with a_server(house, VAGUEMESTRE_PROCESSES="2") as server:
        yield server


def processes(server: Server) -> list[int]:
    """The first, then the one it started."""
    (other,) = psutil.Process(server.process.pid).children()
    return [server.process.pid, other.pid]


def holder_of(server: Server, port: int) -> int:
    """The process that serves a client whose end of the connection has this port."""
    (pid,) = [
        pid
        for pid in processes(server)
        for one in psutil.Process(pid).net_connections("tcp")
        if one.raddr and one.raddr.port == port
    ]
    return pid


def idling(server: Server, who: str, stack: ExitStack) -> Mapping[int, IMAPClient]:
    """A client that idles, of each process."""
    clients: dict[int, IMAPClient] = {}
    for _ in range(TRIES):
        client = stack.enter_context(
            IMAPClient("localhost", server.ports["imaps"], ssl_context=server.tls(), timeout=PATIENCE)
        )
        pid = holder_of(server, client.socket().getsockname()[1])
        if pid not in clients:
            client.login(who, PASSWORD)
            client.select_folder("INBOX")
            client.idle()
            clients[pid] = client
        if len(clients) == 2:
            return clients
    raise AssertionError("one process serves nobody")


def by_each(server: Server, sender: str, recipient: str) -> Mapping[int, bytes]:
    """A letter sent by way of each process."""
    sent: dict[int, bytes] = {}
    for _ in range(TRIES):
        with smtplib.SMTP("localhost", server.ports["submission"], timeout=PATIENCE) as client:
            assert client.sock is not None
            pid = holder_of(server, client.sock.getsockname()[1])
            if pid in sent:
                continue
            client.starttls(context=server.tls())
            client.login(sender, PASSWORD)
            sent[pid] = a_letter(sender, recipient, message_id=f"<{pid}@x.fr>")
            assert spoken(client, sender, [recipient], sent[pid]).code == 250
        if len(sent) == 2:
            return sent
    raise AssertionError("one process serves nobody")


def told(client: IMAPClient, messages: int) -> None:
    """Returns when an idling client has been told that there are so many."""
    while True:
        lines = client.idle_check(PATIENCE)
        assert lines, "nothing was told"
        if (messages, b"EXISTS") in lines:
            break
    client.idle_done()


def test_what_comes_by_one_is_told_at_once_by_the_other(server: Server) -> None:
    sender, recipient = pair(0).doctor, pair(0).citizen
    with ExitStack() as stack:
        clients = idling(server, recipient, stack)
        sent = by_each(server, sender, recipient)
        for client in clients.values():
            told(client, 2)
    found = {octets[-len(sent[pid]) :] for octets in inbox(server, recipient).values() for pid in sent}
    assert found >= set(sent.values())
    assert len(inbox(server, recipient)) == 2


def test_one_that_is_killed_is_started_again_and_mail_goes_on(server: Server) -> None:
    first, other = processes(server)
    sender, recipient = pair(1).doctor, pair(1).citizen
    os.kill(other, signal.SIGKILL)
    letters = [a_letter(sender, recipient, message_id=f"<{n}@y.fr>") for n in range(4)]
    for letter in letters:  # whoever was not answered by the dead tries again, as programs do
        while True:
            try:
                assert by_smtplib(server, sender, recipient, letter).code == 250
            except OSError:
                continue
            break
    late = monotonic() + PATIENCE
    while server.log.count("process=1") < 2 or len(psutil.Process(first).children()) != 1:
        assert monotonic() < late, "it is not started again"
        sleep(0.05)
    assert "companion_ended" in server.log
    assert other not in processes(server)
    found = inbox(server, recipient).values()
    assert [octets[-len(letter) :] for octets, letter in zip(found, letters, strict=True)] == letters


def test_a_first_one_that_is_killed_leaves_nobody_behind(pristine: House, tmp_path: Path) -> None:
    house = pristine.copy(tmp_path / "house")
    with a_server(house, VAGUEMESTRE_PROCESSES="2") as server:
        other = psutil.Process(processes(server)[1])
        server.kill()
        other.wait(PATIENCE)


def test_another_server_does_not_come_in_beside_them(server: Server, pristine: House, tmp_path: Path) -> None:
    house = pristine.copy(tmp_path / "house")
    places = {
        f"VAGUEMESTRE_LISTEN__{name.upper()}": f"127.0.0.1:{port}" for name, port in server.ports.items()
    }
    said = house.command("serve", VAGUEMESTRE_PROCESSES="2", **places)
    assert said.status != 0
    assert "cannot listen on 127.0.0.1" in said.err


def test_all_of_them_stop_in_order(server: Server) -> None:
    other = psutil.Process(processes(server)[1])
    assert server.stop() == 0
    assert not other.is_running()
    assert server.log.count("server_stopping") == 2


async def test_the_first_hears_how_the_others_are(pristine: House, tmp_path: Path) -> None:
    house = pristine.copy(tmp_path / "house")
    heard: asyncio.Queue[Pulse | None] = asyncio.Queue()

    def hear(process: int, pulse: Pulse | None) -> None:
        assert process == 1
        heard.put_nowait(pulse)

    companions = Companions(house.config, 2)
    with socket.socket() as place:  # keeps a port for the companion, which shares it
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        place.bind(("127.0.0.1", 0))
        try:
            await companions.start({"imap": Endpoint("127.0.0.1", place.getsockname()[1])}, hear)
            pulse = await asyncio.wait_for(heard.get(), PATIENCE)
            assert pulse is not None
            assert pulse.connections["imap"] == 0
            (other,) = (one for one in psutil.Process().children() if str(house.config) in one.cmdline())
            other.kill()
            while pulse is not None:
                pulse = await asyncio.wait_for(heard.get(), PATIENCE)
        finally:
            await companions.gone()
