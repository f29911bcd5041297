"""The request boundary: every error becomes a status and a message in plain words."""

from __future__ import annotations

import logging
from typing import cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from webui.errors import (
    BadFile,
    DiskTrouble,
    NotFound,
    OutOfMemory,
    RequestRejected,
    WebuiError,
)

_STATUS: dict[type[WebuiError], int] = {
    RequestRejected: 422,
    BadFile: 422,
    NotFound: 404,
    OutOfMemory: 507,
    DiskTrouble: 507,
}
_LOG = logging.getLogger("webui.api")


def error_response(status: int, message: str, field: str | None = None) -> JSONResponse:
    """The one form of an error: {"error": {"message", "field"}}."""
    return JSONResponse({"error": {"message": message, "field": field}}, status)


async def _known(request: Request, error: Exception) -> JSONResponse:
    known = cast(WebuiError, error)
    return error_response(_STATUS.get(type(known), 500), known.message, known.field)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    first = cast(RequestValidationError, error).errors()[0]
    field = str(first["loc"][-1])
    return error_response(422, f"{field}: {first['msg']}.", field)


async def _http(request: Request, error: Exception) -> JSONResponse:
    known = cast(HTTPException, error)
    words = {404: "There is nothing at this address.", 405: "This address does not take that."}
    return error_response(known.status_code, words.get(known.status_code, str(known.detail)))


async def _gone(request: Request, error: Exception) -> Response:
    """The client went away in the middle of its request: nobody hears the answer."""
    return Response(status_code=400)


async def _unknown(request: Request, error: Exception) -> JSONResponse:
    _LOG.error("A fault of the program at %s", request.url.path, exc_info=error)
    answer = error_response(
        500,
        "The studio met a fault of its own; the terminal shows it. Nothing of yours is lost:"
        " try again, or report it.",
    )
    answer.headers["Connection"] = "close"  # as the web server will do after a fault
    return answer


def add_error_handlers(app: FastAPI) -> None:
    """Teach the app to answer errors."""
    app.add_exception_handler(WebuiError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unknown)
