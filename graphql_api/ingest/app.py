"""`POST /ingest/sales`, beside GraphQL: for systems that send what they know, and ask nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from graphql import GraphQLError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graphql_api.errors import Forbidden, Unauthenticated
from graphql_api.ingest.allowance import Allowance
from graphql_api.ingest.answered import Answered
from graphql_api.ingest.bodies import JSON, cut, media_type, read_body
from graphql_api.ingest.contract import DESCRIPTION, OPERATION, RESPONSES
from graphql_api.ingest.errors import IngestError, RecordUnavailable
from graphql_api.ingest.sales import Till
from graphql_api.masking import expected, told
from graphql_api.metrics import Metrics
from graphql_api.tokens import Claims, Permission, Tokens

PATH = "/ingest"
PROBLEM = "application/problem+json"
OK, REFUSED, INTERNAL_ERROR, UNAVAILABLE = 200, 422, 500, 503
_BEARER = HTTPBearer(auto_error=False, description="A token with the permission INGEST.")


Answer = Callable[[Request], Awaitable[Response]]


class Sales:
    """Answers one kind of request: what a till sends."""

    def __init__(self, tokens: Tokens, till: Till, answered: Answered, metrics: Metrics) -> None:
        self._tokens, self._till, self._answered, self._metrics = tokens, till, answered, metrics
        self._allowance = Allowance()

    async def answer(self, request: Request) -> Response:
        """Take sales; whatever is wrong with the whole request is said as RFC 9457 has it."""
        try:
            answer = await self._take(request)
        except Exception as problem:  # noqa: BLE001  # a mistake of ours, whatever it is: masked and logged as any other
            return self._refusal(problem)
        lost = msgspec.json.decode(answer)["refused"]
        return Response(answer, status_code=REFUSED if lost else OK, media_type=JSON)

    async def _take(self, request: Request) -> bytes:
        claims = self._claims(request)
        self._allowance.demand(claims.name)
        kind, body = media_type(request), await read_body(request)
        key = request.headers.get("idempotency-key")
        if (before := await self._answered.find(claims, key, body)) is not None:
            return before
        lines = cut(body, kind)
        self._allowance.charge(claims.name, len(lines))
        answer = msgspec.json.encode(await self._till.take(lines, claims))
        await self._answered.keep(claims, key, body, answer)
        return answer

    def _claims(self, request: Request) -> Claims:
        claims = self._tokens.find_bearer(request.headers.get("authorization"))
        if claims is None:
            raise Unauthenticated
        if Permission.INGEST not in claims.permissions:
            raise Forbidden(f"POST {PATH}/sales")
        return claims

    def _refusal(self, problem: Exception) -> Response:
        known = expected(problem)
        if known is None:
            (masked,) = told([GraphQLError("", original_error=problem)], None, self._metrics)
            return refusal(INTERNAL_ERROR, masked.message, dict(masked.extensions or {}))
        self._metrics.error(known.code)
        headers = {"www-authenticate": "Bearer"} if isinstance(known, Unauthenticated) else {}
        again = known.retry_after_s if isinstance(known, IngestError) else None
        if again is None and known.status == UNAVAILABLE:
            again = RecordUnavailable.retry_after_s
        if again is not None:
            headers["retry-after"] = str(again)
        return refusal(known.status, str(known), known.extensions, headers)


def make_ingest(record_sales: Answer, *, introspection: bool) -> FastAPI:
    """Return the application that is mounted at `/ingest`; its OpenAPI document is told where introspection is."""
    app = FastAPI(
        title="Shopfloor: what store systems send",
        version="1",
        openapi_url="/openapi.json" if introspection else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        servers=[{"url": PATH}],
        root_path_in_servers=False,
    )
    app.add_api_route(
        "/sales",
        record_sales,
        methods=["POST"],
        operation_id="recordSales",
        description=DESCRIPTION,
        response_class=Response,
        dependencies=[Depends(_BEARER)],
        responses=RESPONSES,
        openapi_extra=OPERATION,
    )
    app.add_exception_handler(HTTPException, _said)
    return app


def openapi_text() -> str:
    """Return the OpenAPI document as it is published."""

    async def record_sales(request: Request) -> Response:
        raise NotImplementedError(request.url.path)

    document = make_ingest(record_sales, introspection=True).openapi()
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def refusal(status: int, detail: str, more: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """Return a problem as RFC 9457 has it."""
    body = {"status": status, "detail": detail, **more}
    return Response(msgspec.json.encode(body), status_code=status, media_type=PROBLEM, headers=headers)


def _said(_: Request, problem: Exception) -> Response:
    """Say in the same form what the router refuses: another path or method."""
    if not isinstance(problem, HTTPException):
        raise problem
    return refusal(problem.status_code, problem.detail, {"code": "BAD_REQUEST"}, dict(problem.headers or {}))
