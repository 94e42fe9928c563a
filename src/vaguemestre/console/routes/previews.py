"""An attachment seen without being opened: a page of it drawn as a picture, or the beginning of its text.

domain.md §2, §3. What the browser is given is a PNG of ours, in the page itself, so that one look is one line
in the journal; or text in which nothing is read but letters. The document never reaches the browser.
"""

import asyncio
from base64 import b64encode
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query, Request, Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.console.headers import CONTENT
from vaguemestre.console.letter import TEXTS, Part, part_of
from vaguemestre.console.numbers import Number
from vaguemestre.console.routes.reading import MayRead, ended, reading_page
from vaguemestre.mail.mailbox import MailboxId, Uid
from vaguemestre.mime.charsets import decode_beginning
from vaguemestre.mime.shown import LONGEST
from vaguemestre.policy.access import PARIS
from vaguemestre.service.access.reading import NotThere, WarrantEnded, Way
from vaguemestre.service.ports.pictures import Picture, PictureRefused, PicturesBusyError
from vaguemestre.service.ports.warrant import WarrantId

router = APIRouter()

_WITH_OUR_PICTURE: Final = CONTENT.replace("img-src 'self'", "img-src 'self' data:")
_PAGES: Final = 10_000


@router.get("/warrants/{number}/folders/{mailbox}/{uid}/attachments/{part}/preview")
async def preview(
    request: Request,
    number: Number,
    mailbox: Number,
    uid: Number,
    part: Number,
    desk: DeskHere,
    visitor: MayRead,
    page: Annotated[int, Query(ge=1, le=_PAGES)] = 1,
) -> Response:
    """One page, from 1 on."""
    who, warrant = visitor.administrator, WarrantId(number)
    try:
        found = await desk.reading.folders(warrant, who)
        octets = await desk.reading.message(warrant, who, MailboxId(mailbox), Uid(uid), Way.PREVIEW, part)
    except WarrantEnded:
        return ended(number)
    except NotThere:
        raise HTTPException(404) from None
    one = await asyncio.to_thread(part_of, octets, part)
    if one is None:
        raise HTTPException(404)
    mark = f"{who.name} · {desk.clock.now().astimezone(PARIS):%d/%m/%Y %H:%M} · {number}"
    picture: Picture | None = None
    try:
        if (kind := one.judged.attachment.detected_type) in desk.pictures.kinds:
            picture = await desk.pictures.draw(one.octets, kind, page - 1, mark)
    except PicturesBusyError:
        raise HTTPException(503) from None
    except PictureRefused:
        picture = None
    text = _text(one)
    response = reading_page(
        request,
        desk,
        visitor,
        "preview.html",
        found,
        200 if picture is not None or text is not None else 422,
        place=f"/warrants/{number}/folders/{mailbox}/{uid}",
        part=part,
        attachment=one.judged.attachment,
        page=page,
        picture=picture,
        drawn="" if picture is None else b64encode(picture.octets).decode(),
        text_of_it=text,
    )
    response.headers["content-security-policy"] = _WITH_OUR_PICTURE
    return response


def _text(one: Part) -> str | None:
    if one.judged.attachment.detected_type not in TEXTS:
        return None
    return decode_beginning(one.octets[:LONGEST])
