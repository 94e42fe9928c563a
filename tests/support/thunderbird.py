"""Thunderbird without a window, driven by Marionette, which it has built in for its own tests.

Marionette's protocol: JSON arrays, each after its length and a colon. Scripts run with all rights of the
program itself, so a day's work is written in what its windows call when a person clicks.
"""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias, cast

from tests.support.programs import program

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | dict[str, Json] | None"

PATIENCE = 120.0  # seconds; a first start takes some ten of them
_LISTENING = re.compile(rb"Listening on port (\d+)")
_PREFERENCES: dict[str, Json] = {
    "marionette.port": 0,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.shell.checkDefaultClient": False,
    "mailnews.start_page.enabled": False,
}


class Thunderbird:
    """One that runs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0

    async def hear(self) -> Json:
        """The next thing that it says."""
        length = (await asyncio.wait_for(self._reader.readuntil(b":"), PATIENCE))[:-1]
        said: Json = json.loads(await asyncio.wait_for(self._reader.readexactly(int(length)), PATIENCE))
        return said

    async def order(self, name: str, **parameters: Json) -> Json:
        """Give a command; its result. AssertionError with what went wrong."""
        self._number += 1
        octets = json.dumps([0, self._number, name, parameters]).encode()
        self._writer.write(b"%d:%b" % (len(octets), octets))
        answer = await self.hear()
        assert isinstance(answer, list)
        _, _, wrong, result = answer
        assert wrong is None, wrong
        return cast(Json, result)

    async def script(self, text: str, *arguments: Json) -> Json:
        """Run a function's body; it is given the arguments and, last, what to call with its result."""
        answer = await self.order("WebDriver:ExecuteAsyncScript", script=text, args=arguments)
        assert isinstance(answer, dict)
        return answer["value"]


@asynccontextmanager
async def a_thunderbird(folder: Path) -> AsyncIterator[Thunderbird]:
    """Start it with a profile of its own in this folder; it is gone at the end."""
    profile = folder / "profile"
    profile.mkdir()
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in _PREFERENCES.items())
    (profile / "user.js").write_text("".join(lines))
    process = await asyncio.create_subprocess_exec(
        *(program("thunderbird"), "--headless", "--no-remote", "--profile", str(profile)),
        *("--marionette", "--remote-allow-system-access"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "HOME": str(folder), "MOZ_HEADLESS": "1"},
    )
    assert process.stdout is not None
    heard: list[bytes] = []
    draining: asyncio.Task[None] | None = None
    try:
        while not heard or _LISTENING.search(heard[-1]) is None:
            heard.append(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
            assert heard[-1], b"".join(heard)
        draining = asyncio.create_task(_drain(process.stdout))
        port = _LISTENING.search(heard[-1])
        assert port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port[1]), limit=2**22)
        thunderbird = Thunderbird(reader, writer)
        try:
            await thunderbird.hear()
            await thunderbird.order("WebDriver:NewSession")
            await thunderbird.order("Marionette:SetContext", value="chrome")
            await thunderbird.order("WebDriver:SetTimeouts", script=int(PATIENCE * 1000))
            yield thunderbird
        finally:
            writer.transport.abort()  # also when it failed: left open, it would fail a later test
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if draining is not None:
            await draining


async def _drain(stream: asyncio.StreamReader) -> None:
    """So that what it prints never stops it."""
    while await stream.read(65536):
        pass
