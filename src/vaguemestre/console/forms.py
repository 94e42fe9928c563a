"""What a form said, once it is known to be one of ours: from this site, and from this session.

A browser says where a form comes from: in Sec-Fetch-Site, or in Origin where it is older. A request that
says neither comes from no browser, and has no cookie that could be abused; with a session it must carry that
session's token all the same.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

from vaguemestre.service.administration.sessions import Here

_FIELDS = 50


async def form_of(request: Request, visitor: Here | None = None) -> Mapping[str, str]:
    """Its fields; the last where one stands twice. Raises HTTPException: 403 when it is not ours, or 400."""
    if not comes_from_here(request):
        raise HTTPException(403)
    try:
        text = (await request.body()).decode()
        fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        raise HTTPException(400) from None
    if visitor is not None and fields.get("token") != visitor.form_token:
        raise HTTPException(403)
    return fields


def comes_from_here(request: Request) -> bool:
    """Whether a page of ours sent it, as far as the browser tells."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.headers.get('host', '')}"


def number_in(form: Mapping[str, str], name: str) -> int:
    """A number of ours that a form carries; 0 when it has none. Raises HTTPException 400."""
    text = form.get(name, "") or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise HTTPException(400)
    return int(text)
