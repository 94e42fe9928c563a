"""The settings of conversations, and of the pharmacies that citizens may write to first. domain.md §2."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import field_validator, model_validator

from vaguemestre.policy.limits import ReplyWithoutReference
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Days, Words


class ConversationsSection(Section):
    """What becomes of conversations by themselves."""

    reply_without_reference: ReplyWithoutReference = ReplyWithoutReference.IF_REPLY
    """A citizen's message that names no message it answers, while one conversation with that professional is
    open: `refuse`; `if-reply`, it belongs there when its subject begins as a reply's (Re:); `if-one-open`,
    it always does."""

    close_after: Days | None = None
    """Days without any message after which a conversation is closed and both sides are told; unset, never."""

    time_zone: str = "Europe/Paris"
    """Where the clocks hang by which professionals set their hours (`[HORAIRES]`)."""

    emergency_fr: str = "En cas d'urgence, appelez le 15 ou le 112."
    """What the automatic answer outside those hours ends with, in French."""

    emergency_en: str = "In an emergency, call 15 or 112."
    """The same in English."""

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"time_zone {name!r} is not known here, as Europe/Paris is") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The same as clocks take it."""
        return ZoneInfo(self.time_zone)

    @property
    def quiet_for(self) -> timedelta | None:
        """The same as a span of time."""
        return None if self.close_after is None else timedelta(days=self.close_after)


class PharmaciesSection(Section):
    """Citizens may write first to a pharmacy's published ORG mailbox, with an attachment."""

    sectors: Words = ("SA33", "SA38", "SA39", "SA65")
    """Sectors of the directory that are pharmacies, among our accounts and at other operators; none, and no
    exception is made."""

    dispensation_url: str = ""
    """Who is asked, in JSON, whether the pharmacy has dispensed to that person within twelve months; empty,
    nobody is. Only https, or http on this machine. While it does not answer, messages are deferred."""

    dispensation_token_file: Path | None = None
    """A file holding the token shown to it (`Authorization: Bearer`)."""

    @model_validator(mode="after")
    def _complete(self) -> "PharmaciesSection":
        if self.dispensation_token_file is not None and not self.dispensation_url:
            raise ValueError("dispensation_token_file needs dispensation_url")
        return self
