"""On which line of a TOML file each key stands.

The standard reader gives values without lines, and a message without a line sends people hunting. This
looks only for headers and ``key =`` at the start of lines, outside texts of several lines; it judges
nothing: the file has already been read.
"""

import re

_HEADER = re.compile(r"\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_NAME = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_FENCE = re.compile(r'"""|' + r"'''")


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """The first line, counted from 1, of each section and key: ``("listen", "imaps")`` → 12."""
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    fenced = False
    for number, line in enumerate(text.splitlines(), start=1):
        inside = fenced
        fenced ^= len(_FENCE.findall(line)) % 2 == 1
        if inside:
            continue
        if (header := _HEADER.match(line)) is not None and "=" not in header[1]:
            section = _parts(header[1])
            lines.setdefault(section, number)
        elif (key := _KEY.match(line)) is not None:
            parts = section + _parts(key[1])
            for depth in range(1, len(parts) + 1):
                lines.setdefault(parts[:depth], number)
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
