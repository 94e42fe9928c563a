"""The settings of ``[audit]``: the chain over the journal, and its anchors."""

from pathlib import Path
from typing import Self

from pydantic import model_validator

from vaguemestre.net.http import is_safe, is_web
from vaguemestre.settings.section import Section
from vaguemestre.settings.values import Seconds


class AuditSection(Section):
    """Who changes the journal is found out."""

    delay: Seconds = 1
    """How long a line may wait for its place in the chain. Until it has one, it can be taken out unseen."""

    anchors: Path = Path("anchors")
    """The folder in which each day's anchor is written: the head of the chain, signed. Copy it elsewhere, or
    have it time-stamped: it tells whoever holds the keys too."""

    time_stamps: str = ""
    """Where a time-stamping authority (RFC 3161) takes queries, over http or https: each day's anchor is
    stamped there, and the answer kept beside it. The authority is sent a digest, and nothing else."""

    time_stamps_user: str = ""
    """The name by which the authority knows who asks, where it wants one."""

    time_stamps_password_file: Path | None = None
    """A file with the password that goes with it. Both are sent over https alone."""

    time_stamp_authorities: Path | None = None
    """A PEM file with the root certificates of the time-stamping authorities that are believed. Leave those
    of earlier ones in it: their stamps are verified by them."""

    @model_validator(mode="after")
    def _believed(self) -> Self:
        if self.time_stamps and not is_web(self.time_stamps):
            raise ValueError("time_stamps is an http or https address")
        if self.time_stamps and self.time_stamp_authorities is None:
            raise ValueError("time_stamps needs time_stamp_authorities: whom to believe")
        if bool(self.time_stamps_user) != (self.time_stamps_password_file is not None):
            raise ValueError("time_stamps_user and time_stamps_password_file go together")
        if self.time_stamps_user and not is_safe(self.time_stamps):
            raise ValueError("time_stamps must be an https address: a password is sent there")
        if ":" in self.time_stamps_user:
            raise ValueError("time_stamps_user has no colon: what follows it would be the password")
        return self
