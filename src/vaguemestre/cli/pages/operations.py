"""The page of operations: hand-written chapters, then every command as the command line describes itself.

The chapters are in ``docs/operations.in.md``, beside the page they end up in.
"""

from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from vaguemestre.cli.failures import MEANINGS
from vaguemestre.cli.main import every_command

CHAPTERS = "operations.in.md"
MARK = "<!-- generated: commands -->\n"
EVERYWHERE = {"config", "help"}
"""Options of every command; said once, at the top."""

OPENING = """## Commands

Every command but `init` takes `--config FILE`; without it the file is the one that `VAGUEMESTRE_CONFIG`
names, else `vaguemestre.toml` in the current folder. `--help` shows what stands here.
"""


def _commands(group: TyperGroup, path: str) -> Iterator[tuple[str, TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{path} {name}")
        elif isinstance(command, TyperCommand) and not command.hidden:
            yield f"{path} {name}", command


def _options(command: TyperCommand, context: typer.Context) -> Iterator[str]:
    """One line of a table for each option, and for each argument that is explained."""
    for parameter in command.params:
        record = None if parameter.name in EVERYWHERE else parameter.get_help_record(context)
        if record is not None:
            spelling = record[0].replace("<list[str]>", "TEXT").replace("<str>", "TEXT").replace("|", "\\|")
            sentence = " ".join(record[1].replace("[required]", "").replace("|", "\\|").split())
            required = "required" if parameter.required else ""
            if isinstance(parameter, TyperArgument):
                spelling = spelling.partition(" ")[0]
            if sentence or not isinstance(parameter, TyperArgument):
                yield f"| `{spelling}` | {sentence} | {required} |"


def _chapter(path: str, command: TyperCommand) -> list[str]:
    context = typer.Context(command, info_name=path)
    arguments = [p.metavar or (p.name or "").upper() for p in command.params if isinstance(p, TyperArgument)]
    lines = [f"### {' '.join([path, *arguments])}", "", " ".join((command.help or "").split()), ""]
    rows = list(_options(command, context))
    return [*lines, "| Option | Meaning | |", "|---|---|---|", *rows, ""] if rows else lines


def _commands_chapter() -> str:
    group = typer.main.get_command(every_command())
    if not isinstance(group, TyperGroup):
        raise TypeError("the command line has several commands, so it is a group")
    lines = [OPENING]
    for path, command in _commands(group, "vaguemestre"):
        lines += _chapter(path, command)
    lines += ["## Exit statuses", "", "| Status | Meaning |", "|---|---|"]
    lines += [f"| {status.value} | {meaning} |" for status, meaning in MEANINGS.items()]
    return "\n".join(lines) + "\n"


def render(folder: Path) -> str:
    """The whole page; ``folder`` is docs/. Raises OSError without the chapters, ValueError without MARK."""
    before, mark, after = (folder / CHAPTERS).read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise ValueError(f"{CHAPTERS} does not say where the commands go: {MARK.strip()}")
    return before + _commands_chapter() + after
