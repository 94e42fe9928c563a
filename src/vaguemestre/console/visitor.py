"""Who asks: found by the cookie, allowed by the table of roles; sent to sign in when unknown."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, HTTPException, Request
from starlette.responses import Response

from vaguemestre.console.desk import DeskHere
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.administration.sessions import Browser, Here

COOKIE: Final = "__Host-session"


class NotSignedIn(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Somebody must sign in first."""


async def maybe_here(request: Request, desk: DeskHere) -> Here | None:
    """Who is signed in in this browser, if anybody."""
    token = request.cookies.get(COOKIE)
    return None if not token else await desk.sessions.here(token)


async def here(visitor: Annotated[Here | None, Depends(maybe_here)]) -> Here:
    """Who is signed in. Raises NotSignedIn."""
    if visitor is None:
        raise NotSignedIn
    return visitor


Visitor = Annotated[Here, Depends(here)]
"""How a route asks for somebody, whatever his role."""


def allowed(permission: Permission) -> Callable[[Here], Awaitable[Here]]:
    """What a route depends on that is for some roles: NotSignedIn, or 403."""

    async def checked(visitor: Visitor) -> Here:
        if not may(visitor.administrator.role, permission):
            raise HTTPException(403)
        return visitor

    return checked


def browser_of(request: Request) -> Browser:
    """What asks, as sessions and the journal tell it."""
    peer = request.client.host if request.client is not None else "?"
    return Browser(peer, request.headers.get("user-agent", ""))


def keep(response: Response, token: str) -> None:
    """The cookie of a session: this host's alone, over TLS, out of reach of scripts and other sites."""
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")


def forget(response: Response) -> None:
    """No cookie any more."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
