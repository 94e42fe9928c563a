"""The settings file that ``vaguemestre init`` writes: every setting, its description and its default.

What was chosen stands uncommented, every default commented out, so that a later version may improve a
default and whoever reads the file sees at once what this installation decided.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from textwrap import wrap
from typing import get_args

from pydantic import BaseModel, ByteSize
from pydantic.fields import FieldInfo

from vaguemestre.settings.schema import ENVIRONMENT_PREFIX, Settings
from vaguemestre.settings.section import descriptions
from vaguemestre.settings.values import Unit

Chosen = Mapping[tuple[str, str], object]
"""(section, key) → value; the section is empty for the settings above the first section."""

_OPENING = f"""\
# Settings of Vaguemestre. A line behind a # shows the default; remove the # to change it.
# Relative paths start from this file's folder. The environment wins over the file:
# {ENVIRONMENT_PREFIX}LISTEN__IMAPS=127.0.0.1:1993 stands for imaps in [listen].
# After a change: vaguemestre check
"""


def sample(chosen: Chosen) -> str:
    """The whole file as text."""
    return _OPENING + "\n" + "\n".join(_lines(chosen)).rstrip() + "\n"


def toml_value(value: object) -> str:
    """A value as TOML writes it; the empty text for an absent one."""
    if value is None:
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, ByteSize):
        return toml_size(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    text = value.value if isinstance(value, Enum) else str(value)
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def toml_size(size: int) -> str:
    """Octets in the largest unit that loses nothing: ``"25 MiB"``, ``"10 MB"``, ``0``."""
    for unit, worth in (("GiB", 1024**3), ("GB", 10**9), ("MiB", 1024**2), ("MB", 10**6), ("KiB", 1024)):
        if size and size % worth == 0:
            return f'"{size // worth} {unit}"'
    return str(size)


def unit_of(field: FieldInfo) -> str:
    """What a field's number counts, or how its text is written; empty when its description says it."""
    entries = list(field.metadata)
    for member in get_args(field.annotation):  # ``Days | None`` keeps its unit inside the union
        entries.extend(getattr(member, "__metadata__", ()))
    return next((entry.text for entry in entries if isinstance(entry, Unit)), "")


def default_text(field: FieldInfo) -> str:
    """The default as the file and the pages show it."""
    default = field.get_default()
    return "(not set)" if default is None and "host" not in unit_of(field) else toml_value(default)


def _lines(chosen: Chosen) -> Iterator[str]:
    sections: dict[str, type[BaseModel]] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            sections[name] = field.annotation
        else:
            yield from _setting("", name, Settings, chosen)
    for name, section in sections.items():
        yield f"# {(section.__doc__ or '').strip()}"
        yield f"[{name}]"
        for key in section.model_fields:
            yield from _setting(name, key, section, chosen)


def _setting(section: str, key: str, model: type[BaseModel], chosen: Chosen) -> Iterator[str]:
    field = model.model_fields[key]
    unit = unit_of(field)
    for line in wrap(descriptions(model).get(key, "") + (f" ({unit})" if unit else ""), 100):
        yield f"# {line}"
    if (section, key) in chosen:
        yield f"{key} = {toml_value(chosen[section, key])}"
    else:
        yield f"# {key} = {default_text(field)}"
    yield ""
