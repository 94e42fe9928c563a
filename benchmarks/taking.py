"""Another operator's server in a process of its own, which takes everything: what ``sending`` sends to.

``python -m benchmarks.taking CERTIFICATE KEY`` prints two ports: one that takes mail, one that accepts
connections and never says a word.
"""

import asyncio
import ssl
import sys
from contextlib import suppress

_EHLO = b"250-peer\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-CHUNKING\r\n250 STARTTLS\r\n"


async def _take(tls: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 peer\r\n")
    with suppress(OSError, asyncio.IncompleteReadError):
        while line := await reader.readline():
            verb = line[:4]
            if verb == b"EHLO":
                writer.write(_EHLO)
            elif verb == b"STAR":
                writer.write(b"220 go\r\n")
                await writer.drain()
                await writer.start_tls(tls)
            elif verb == b"BDAT":
                await reader.readexactly(int(line.split()[1]))
                writer.write(b"250 2.0.0 taken\r\n")
            elif verb == b"QUIT":
                break
            else:
                writer.write(b"250 2.1.0 ok\r\n")
            await writer.drain()
    writer.close()


async def _main(certificate: str, key: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _take(tls, reader, writer)

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await reader.read()
        writer.close()

    takes = await asyncio.start_server(take, "127.0.0.1", 0)
    hangs = await asyncio.start_server(hang, "127.0.0.1", 0)
    print(*(server.sockets[0].getsockname()[1] for server in (takes, hangs)), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:3]))
