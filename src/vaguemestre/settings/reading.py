"""Reading the settings file, and naming all its mistakes at once: the line, the reason, the mend.

A wrong setting must never be discovered at three in the morning: everything is checked before anything
is opened, and an unknown key is refused, since it is nearly always a known one misspelt.
"""

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from vaguemestre.settings.lines import key_lines
from vaguemestre.settings.schema import ENVIRONMENT_DELIMITER, ENVIRONMENT_PREFIX, Settings
from vaguemestre.settings.values import read_database_url

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SQLITE_FILE = re.compile(r"(?P<scheme>sqlite:///)(?P<name>.*)")

_REASONS = {
    "missing": "this setting is required",
    "model_type": "this is a section: write [{name}] and its settings below",
    "model_attributes_type": "this is a section: write [{name}] and its settings below",
    "int_parsing": "a whole number is expected",
    "int_type": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "byte_size": 'a size is expected: a number of octets, or text such as "25 MiB"',
    "byte_size_unit": 'a size is expected: a number of octets, or text such as "25 MiB"',
    "path_type": "the path of a file is expected, as text",
    "string_type": "text is expected, between quotes",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``where`` is ``file:line``, or the environment variable; ``key`` the dotted setting."""

    where: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.key}: {self.reason}" if self.key else f"{self.where}: {self.reason}"


class SettingsError(Exception):
    """The settings cannot be used; ``problems`` says all that is wrong with them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def read_settings(path: Path) -> Settings:
    """Read the TOML file, then the environment over it; paths come back absolute.

    Raises SettingsError with every problem found: no such file, not TOML, unknown keys, impossible values.
    """
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except FileNotFoundError:
        reason = "there is no such file; make one with: vaguemestre init DIR"
        raise SettingsError((Problem(str(path), "", reason),)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError((Problem(str(path), "", f"cannot be read: {_sentence(error)}"),)) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError((Problem(str(path), "", f"this is not TOML: {error}"),)) from None
    strangers = tuple(_unknown_variables(os.environ))
    try:
        settings = Settings.model_validate(found)
    except ValidationError as error:
        lines = key_lines(text)
        problems = tuple(_problem(details, path, lines) for details in error.errors(include_url=False))
        raise SettingsError(tuple(sorted(problems, key=_by_line)) + strangers) from None
    if strangers:
        raise SettingsError(strangers)
    return _anchored(settings, path)


def _problem(details: "ErrorDetails", path: Path, lines: Mapping[tuple[str, ...], int]) -> Problem:
    """Say where one of pydantic's errors stands, and why in words for whoever edits the file."""
    location = tuple(str(part) for part in details["loc"])
    name = ENVIRONMENT_PREFIX + ENVIRONMENT_DELIMITER.join(location).upper()
    variable = next((known for known in os.environ if known.upper() == name), None)
    if variable is not None:
        where = f"environment {variable}"
    else:
        line = next((lines[location[:n]] for n in range(len(location), 0, -1) if location[:n] in lines), None)
        where = str(path) if line is None else f"{path}:{line}"
    return Problem(where, ".".join(location), _reason(details, location))


def _reason(details: "ErrorDetails", location: tuple[str, ...]) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        return _unknown(location)
    if kind == "value_error":
        return details["msg"].removeprefix("Value error, ")
    if kind == "enum":
        expected = details.get("ctx", {}).get("expected", "")
        return f"{details['input']!r} is none of {expected}"
    if kind in _REASONS:
        return _REASONS[kind].format(name=".".join(location))
    if kind in {"greater_than_equal", "less_than_equal"}:
        bounds = details.get("ctx", {})
        return (
            f"at least {bounds['ge']} is expected"
            if "ge" in bounds
            else f"at most {bounds['le']} is expected"
        )
    return details["msg"][:1].lower() + details["msg"][1:]


def _unknown(location: tuple[str, ...]) -> str:
    """Why an unknown key is refused, and which one was probably meant."""
    *parents, last = location
    near = difflib.get_close_matches(last.lower(), list(_names(parents)), n=1, cutoff=0.6)
    if near:
        return f"unknown setting; did you mean {'.'.join([*parents, near[0]])}?"
    elsewhere = [name for name in Settings.model_fields if last in _names([name])]
    if elsewhere:
        return f"unknown setting here; {last} stands in [{'], ['.join(elsewhere)}]"
    known = ", ".join(_names(parents))
    return f"unknown setting; known here: {known}" if known else "unknown setting"


def _names(parents: list[str]) -> tuple[str, ...]:
    """The settings of a section, or of the top of the file."""
    model: type[BaseModel] = Settings
    for parent in parents:
        field = model.model_fields.get(parent)
        section = None if field is None else field.annotation
        if not isinstance(section, type) or not issubclass(section, BaseModel):
            return ()
        model = section
    return tuple(model.model_fields)


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[Problem]:
    """Variables that look like a setting in an unknown section.

    Only those with the delimiter: a container platform may itself set VAGUEMESTRE_PORT and the like.
    """
    for variable in sorted(environment):
        if not variable.upper().startswith(ENVIRONMENT_PREFIX):
            continue
        name = variable.lower().removeprefix(ENVIRONMENT_PREFIX.lower())
        section, delimiter, _ = name.partition(ENVIRONMENT_DELIMITER)
        if delimiter and section not in Settings.model_fields:
            yield Problem(f"environment {variable}", "", _unknown((section,)))


def _anchored(settings: Settings, path: Path) -> Settings:
    """The same settings with relative paths taken from the file's folder, and addresses read from files."""
    folder = path.resolve().parent
    sections: dict[str, BaseModel] = {}
    for name in Settings.model_fields:
        section = getattr(settings, name)
        if isinstance(section, BaseModel):
            changes: dict[str, object] = {}
            for key in type(section).model_fields:
                value = getattr(section, key)
                if isinstance(value, Path):
                    changes[key] = folder / value.expanduser()
                elif isinstance(value, tuple) and any(isinstance(each, Path) for each in value):
                    changes[key] = tuple(
                        folder / each.expanduser() if isinstance(each, Path) else each for each in value
                    )
            sections[name] = section.model_copy(update=changes)
    moved = settings.model_copy(update=sections)
    database = moved.database.model_copy(
        update={"url": _database_url("database", moved.database.url, moved.database.url_file, folder)}
    )
    keys = moved.keys.model_copy(
        update={"url": _database_url("keys", moved.keys.url, moved.keys.url_file, folder)}
    )
    if keys.url == database.url:
        reason = "this is the database of the messages: a backup of messages must hold no key"
        raise SettingsError((Problem(str(path), "keys.url", reason),))
    return moved.model_copy(update={"database": database, "keys": keys})


def _database_url(section: str, url: str, url_file: Path | None, folder: Path) -> str:
    """The address, from its file when it has one; SQLite's relative paths taken from ``folder``."""
    if url_file is not None:
        try:
            url = read_database_url(url_file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            problem = Problem(str(url_file), f"{section}.url_file", f"cannot be used: {_sentence(error)}")
            raise SettingsError((problem,)) from None
    match = _SQLITE_FILE.fullmatch(url)
    if match is None or match["name"] in {"", ":memory:"} or match["name"].startswith("/"):
        return url
    return f"{match['scheme']}{folder / match['name']}"


def _by_line(problem: Problem) -> tuple[int, str]:
    line = problem.where.rpartition(":")[2]
    return (int(line) if line.isdigit() else 0, problem.key)


def _sentence(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "it is not UTF-8 text"
    return (isinstance(error, OSError) and error.strerror) or str(error)
