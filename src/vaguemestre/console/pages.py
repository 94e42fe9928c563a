"""Pages: templates of the package, escaped by default, spoken in the reader's language.

A name that a template uses and nobody gave is an error, never an empty text.
"""

from datetime import date, datetime, tzinfo
from math import log10
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from vaguemestre.console.assets import Assets
from vaguemestre.console.journal_words import event_told
from vaguemestre.console.language import Language, language_of
from vaguemestre.console.screens import screens_of
from vaguemestre.mail.ins import with_ins_masked
from vaguemestre.service.administration.sessions import Here

_UNITS: Final = {Language.FR: ("o", "ko", "Mo", "Go", "To"), Language.EN: ("B", "kB", "MB", "GB", "TB")}

_MONTHS: Final = {
    Language.FR: (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    Language.EN: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


class Pages:
    """``zone`` is the one in which hours are told."""

    def __init__(self, hostname: str, zone: tzinfo) -> None:
        self.assets = Assets()
        self.zone = zone
        self._environment = Environment(
            loader=PackageLoader("vaguemestre.console"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(hostname=hostname, asset=self.assets.path, event_told=event_told)

    def render(
        self,
        request: Request,
        template: str,
        code: int = 200,
        visitor: Here | None = None,
        **values: object,
    ) -> HTMLResponse:
        """A whole page; with its navigation when somebody is signed in."""
        language = language_of(request)
        text = self._environment.get_template(template).render(
            values,
            visitor=visitor,
            screens=() if visitor is None else screens_of(visitor.administrator.role),
            text=lambda sentence: language.say(sentence.fr, sentence.en),
            language=language,
            say=language.say,
            here=request.url.path,
            here_whole=_whole(request),
            moment=lambda at: moment(at, language, self.zone),
            octets=lambda size: octets(size, language),
            number=lambda count: number(count, language),
            amount=lambda value: amount(value, language),
            masked=masked,
            day=lambda on: day(on, language),
            month=lambda of: month(of, language),
        )
        return HTMLResponse(text, code)


def _whole(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def moment(at: datetime | None, language: Language, zone: tzinfo) -> Markup:
    """A day and an hour as people of that language write them, in their zone; a dash for none."""
    if at is None:
        return Markup("—")
    there = at.astimezone(zone)
    text = there.strftime("%d/%m/%Y %H:%M" if language is Language.FR else "%d %b %Y %H:%M")
    return Markup('<time datetime="{}">{}</time>').format(there.isoformat(timespec="seconds"), text)


def day(on: date | None, language: Language) -> Markup:
    """A day; a dash for none."""
    if on is None:
        return Markup("—")
    text = on.strftime("%d/%m/%Y" if language is Language.FR else "%d %b %Y")
    return Markup('<time datetime="{}">{}</time>').format(on.isoformat(), text)


def month(of: date, language: Language) -> Markup:
    """Without its day: mars 2026."""
    text = f"{_MONTHS[language][of.month - 1]} {of.year}"
    return Markup('<time datetime="{}">{}</time>').format(f"{of:%Y-%m}", text)


def masked(told: object) -> str:
    """An address, or anything that may hold an INS, as screens show it."""
    return with_ins_masked(str(told))


def octets(size: int, language: Language) -> str:
    """A size in the unit that makes it short: 25,3 Mo."""
    units = _UNITS[language]
    power = min(int(log10(size) / 3), len(units) - 1) if size else 0
    value, unit = size / 1000**power, units[power]
    text = f"{value:.0f}" if value >= 100 or unit == units[0] else f"{value:.1f}"
    return f"{text.replace('.', ',') if language is Language.FR else text}\u00a0{unit}"


def number(count: int, language: Language) -> str:
    """A count with its thousands apart."""
    return f"{count:,}".replace(",", "\u202f") if language is Language.FR else f"{count:,}"


def amount(value: float, language: Language) -> str:
    """A measure: one decimal while it is small, none when it says nothing."""
    if value >= 10 or round(value, 1) == round(value):
        return number(round(value), language)
    text = f"{value:.1f}" if value >= 0.1 else f"{value:.2g}"
    return text.replace(".", ",") if language is Language.FR else text
