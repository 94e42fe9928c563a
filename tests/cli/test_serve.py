"""``serve`` as a process of its own: it answers on its four listeners, and stops in order on SIGTERM."""

import asyncio
import gc
import os
import re
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests.support.command_line import PROFESSIONAL_DOMAIN

from vaguemestre.cli.serve import settle

_READY = re.compile(r"(\w+) 127\.0\.0\.1:(\d+)")
_PATIENCE = 30.0  # seconds: a loaded machine starts slowly


@dataclass(frozen=True, slots=True)
class Server:
    """A server that said it is ready, and where."""

    process: asyncio.subprocess.Process
    ports: dict[str, int]

    async def stopped(self) -> tuple[int, str]:
        """After SIGTERM: the exit status, and what stood in the log."""
        self.process.terminate()
        async with asyncio.timeout(_PATIENCE):
            _, log = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, log.decode()


@asynccontextmanager
async def a_server(house: Path, **environment: str) -> AsyncIterator[Server]:
    anywhere = {
        f"VAGUEMESTRE_LISTEN__{n}": "127.0.0.1:0" for n in ("SUBMISSION", "SUBMISSIONS", "IMAP", "IMAPS")
    }
    program = "import sys; from vaguemestre.cli.main import main; sys.exit(main())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, "serve", "--config", str(house / "vaguemestre.toml")),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **anywhere, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(_PATIENCE):
            line = (await process.stdout.readline()).decode()
        if not line:
            pytest.fail(f"the server did not start: {(await process.stderr.read()).decode()}")
        assert line.startswith("Ready: ")
        yield Server(process, {name: int(port) for name, port in _READY.findall(line)})
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def greeting(port: int, tls: ssl.SSLContext | None) -> str:
    name = "localhost" if tls is not None else None
    async with asyncio.timeout(_PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name)
        line = await reader.readline()
    writer.close()
    return line.decode()


async def test_every_listener_greets_and_sigterm_stops_them_all(house: Path) -> None:
    tls = ssl.create_default_context(cafile=str(house / "certs" / "ca.pem"))
    async with a_server(house) as server:
        assert set(server.ports) == {"submission", "submissions", "imap", "imaps"}
        assert (await greeting(server.ports["submission"], None)).startswith("220 ")
        assert (await greeting(server.ports["submissions"], tls)).startswith("220 ")
        assert (await greeting(server.ports["imap"], None)).startswith("* OK ")
        assert (await greeting(server.ports["imaps"], tls)).startswith("* OK ")
        status, log = await server.stopped()
    assert status == 0, log
    assert "server_stopped" in log
    assert "Traceback" not in log


async def test_clients_are_told_goodbye(house: Path) -> None:
    async with a_server(house) as server:
        imap, imap_writer = await asyncio.open_connection("127.0.0.1", server.ports["imap"])
        smtp, smtp_writer = await asyncio.open_connection("127.0.0.1", server.ports["submission"])
        await imap.readline()
        await smtp.readline()
        server.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(_PATIENCE):
            assert (await imap.read()).startswith(b"* BYE ")
            assert (await smtp.read()).startswith(b"421-4.3.2 ")
        imap_writer.close()
        smtp_writer.close()
        async with asyncio.timeout(_PATIENCE):
            assert await server.process.wait() == 0


async def test_a_port_that_is_taken_is_named(house: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "import sys; from vaguemestre.cli.main import main; sys.exit(main())"),
            *("serve", "--config", str(house / "vaguemestre.toml")),
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "VAGUEMESTRE_LISTEN__SUBMISSION": f"127.0.0.1:{port}",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(_PATIENCE):
            out, err = await process.communicate()
    assert process.returncode == 4
    assert out == b""
    assert f"submission cannot listen on 127.0.0.1:{port}: address already in use" in err.decode()


def test_what_was_made_to_start_with_is_not_collected_again() -> None:
    try:
        settle()
        assert gc.get_freeze_count() > 10_000
    finally:
        gc.unfreeze()


async def test_machines_are_given_numbers_and_told_that_it_is_ready(house: Path) -> None:
    tls = ssl.create_default_context(cafile=str(house / "certs" / "ca.pem"))
    doors = {"VAGUEMESTRE_LISTEN__METRICS": "127.0.0.1:0", "VAGUEMESTRE_LISTEN__HTTP": "127.0.0.1:0"}
    async with a_server(house, **doors) as server, httpx.AsyncClient(verify=tls, timeout=_PATIENCE) as client:
        await greeting(server.ports["imaps"], tls)
        numbers, console = (
            f"http://127.0.0.1:{server.ports['metrics']}",
            f"https://localhost:{server.ports['http']}",
        )
        page = (await client.get(f"{numbers}/metrics")).text
        assert "vaguemestre_store_up 1.0" in page
        assert 'vaguemestre_connections{door="metrics"} 1.0' in page
        assert "vaguemestre_trust_list_age_seconds" not in page  # alone
        assert (await client.get(f"{numbers}/readyz")).json()["ready"] is True
        assert (await client.get(f"{console}/healthz")).text == "ok\n"
        assert (await client.get(f"{console}/metrics")).status_code == 404
        assert "localhost</hostname><port>993" in (await client.get(f"{console}/mail/config-v1.1.xml")).text
        address = {"address": f"claire@{PROFESSIONAL_DOMAIN}"}
        assert (await client.get(f"{console}/apple.mobileconfig", params=address)).status_code == 200
        status, _ = await server.stopped()
        assert status == 0
