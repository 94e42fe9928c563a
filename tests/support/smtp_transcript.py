r"""Plays a transcript: what the client says, and what the server must answer, octet for octet.

``C: `` is a line of the client's, CRLF added; ``C> `` octets as they stand, with ``\r \n \0 \xNN``
understood; ``S: `` a line expected, ``S: <closed>`` the end of the connection; ``! starttls`` and ``! tls``
begin TLS, the second before anything; ``! require tls`` is a door where it is required. ``{word}`` binds on
first sight and must match after. ``#`` begins a remark.
"""

import re

from tests.support.smtp_door import Client, an_open_door

_BINDING = re.compile(r"\{([a-z]+)\}")


async def play(name: str, lines: list[str]) -> None:
    """Raise AssertionError, with the line number, at the first difference."""
    async with (
        an_open_door(require_tls="! require tls" in lines) as opened,
        opened.client(tls="! tls" in lines) as client,
    ):
        bound: dict[str, str] = {}
        for number, line in enumerate(lines, 1):
            if line and line[0] != "#":
                await _play_line(client, line, f"{name}:{number}", bound)


async def _play_line(client: Client, line: str, where: str, bound: dict[str, str]) -> None:
    mark, text = line[:3], line[3:]
    if mark == "C: ":
        await client.say(text.encode() + b"\r\n")
    elif mark == "C> ":
        await client.say(text.encode().decode("unicode_escape").encode("latin-1"))
    elif line == "! starttls":
        await client.start_tls()
    elif line == "S: <closed>":
        assert await client.rest() == b"", f"{where}: the server says more"
    elif mark in {"S: ", "S:"}:
        said = (await client.line()).decode()
        assert said.endswith("\r\n"), f"{where}: expected {text!r}, got {said!r}"
        match = _pattern(text, bound).fullmatch(said[:-2])
        assert match is not None, f"{where}: expected {text!r}, got {said[:-2]!r}"
        bound.update(match.groupdict())
    else:
        assert line in {"! tls", "! require tls"}, f"{where}: what is {line!r}?"


def _pattern(text: str, bound: dict[str, str]) -> "re.Pattern[str]":
    pieces = _BINDING.split(text)
    for at in range(1, len(pieces), 2):
        name = pieces[at]
        pieces[at] = re.escape(bound[name]) if name in bound else f"(?P<{name}>[^ ]+)"
    pieces[::2] = [re.escape(piece) for piece in pieces[::2]]
    return re.compile("".join(pieces))
