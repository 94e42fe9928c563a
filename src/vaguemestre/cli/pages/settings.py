"""The page of settings: each one's name, default, unit and description, as the schema says them."""

from collections.abc import Iterator

from pydantic import BaseModel

from vaguemestre.settings.sample import default_text, unit_of
from vaguemestre.settings.schema import ENVIRONMENT_DELIMITER, ENVIRONMENT_PREFIX, Settings
from vaguemestre.settings.section import descriptions

OPENING = f"""# Settings

Written by `make docs` from `settings/schema.py`: change the descriptions there, not this page.

One TOML file holds them all; `vaguemestre init` writes it, each setting with its comment.
Relative paths start from the file's folder. An unknown key or an impossible value is refused, with its
line and the reason: `vaguemestre check` says so before `vaguemestre serve` does.

The environment wins over the file. The variable of a setting is `{ENVIRONMENT_PREFIX}`, its section,
two underscores and its name: `{ENVIRONMENT_PREFIX}LISTEN{ENVIRONMENT_DELIMITER}IMAPS=127.0.0.1:1993`.
A list is written there with commas, or as it stands
in the file: `["hopital.mssante.fr", "cabinet.mssante.fr"]`.
"""

TABLE = ["| Setting | Default | What it is for |", "|---|---|---|"]


def _row(section: type[BaseModel], name: str) -> str:
    """One line of a table. A description left out fails the page, and with it the tests."""
    field, described = section.model_fields[name], descriptions(section)
    if name not in described:
        raise ValueError(f"the setting {name} has no description")
    unit = unit_of(field)
    description = described[name] + (f" *({unit})*" if unit else "")
    default = default_text(field)
    shown = default if default.startswith("(") else f"`{default}`"
    return f"| `{name}` | {shown} | {description.replace('|', chr(92) + '|')} |"


def _sections() -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield name, field.annotation


def render() -> str:
    """The whole page."""
    sections = dict(_sections())
    loose = [_row(Settings, name) for name in Settings.model_fields if name not in sections]
    lines = [OPENING, "## Above the first section", "", *TABLE, *loose, ""]
    for name, section in sections.items():
        lines += [f"## [{name}]", "", " ".join((section.__doc__ or "").split()), "", *TABLE]
        lines += [*(_row(section, name) for name in section.model_fields), ""]
    return "\n".join(lines)
