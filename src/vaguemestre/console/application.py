"""The console as one ASGI application: its routes, what every answer carries, what becomes of errors.

Whatever was not foreseen is a page that says so, 500, and a traceback in the log. Nothing describes the
routes to strangers: there is no OpenAPI page.
"""

from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from vaguemestre.console.desk import Desk, desk_of
from vaguemestre.console.headers import SecurityHeaders
from vaguemestre.console.machines import Machines
from vaguemestre.console.routes import static
from vaguemestre.console.routes.sign_in import PATH
from vaguemestre.console.routes.table import MACHINES, NUMBERS, PEOPLE
from vaguemestre.console.visitor import NotSignedIn, maybe_here
from vaguemestre.service.ports.store import StoreBusyError

_MOST: Final = 65_536  # octets of a request: forms of some lines


def application(desk: Desk, machines: Machines | None = None) -> ASGIApp:
    """What the door serves; to machines too, when it is given what they ask."""
    console = _bare()
    console.state.desk = desk
    console.state.machines = machines
    for router in (static.router, *PEOPLE, *(MACHINES if machines is not None else ())):
        console.include_router(router)
    console.add_exception_handler(HTTPException, _refused)
    console.add_exception_handler(RequestValidationError, _misunderstood)
    console.add_exception_handler(StoreBusyError, _busy)
    console.add_exception_handler(NotSignedIn, _sign_in_first)
    console.add_exception_handler(Exception, _unforeseen)
    return SecurityHeaders(console)


def numbers(machines: Machines) -> ASGIApp:
    """What a listener serves that is for numbers alone."""
    plain = _bare()
    plain.state.machines = machines
    for router in NUMBERS:
        plain.include_router(router)
    return SecurityHeaders(plain)


def _bare() -> FastAPI:
    return FastAPI(
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, max_body_size=_MOST
    )


async def _page(request: Request, status: int) -> Response:
    desk = await desk_of(request)
    visitor = None if status >= 500 else await maybe_here(request, desk)
    return desk.pages.render(request, "error.html", status, visitor, status=status)


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    response = await _page(request, status)
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    return response


async def _misunderstood(request: Request, error: Exception) -> Response:
    return await _page(request, 400)


async def _sign_in_first(request: Request, error: Exception) -> Response:
    """A page is asked for again afterwards; a form is not sent again by itself."""
    to = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{PATH}?to={quote(to)}" if request.method == "GET" else PATH, 303)


async def _busy(request: Request, error: Exception) -> Response:
    response = await _page(request, 503)
    response.headers["retry-after"] = "5"
    return response


async def _unforeseen(request: Request, error: Exception) -> Response:
    return await _page(request, 500)
