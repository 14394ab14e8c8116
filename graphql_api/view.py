"""GraphQL over HTTP (with `application/graphql-response+json`) and over websockets (graphql-transport-ws only)."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from cross_web import AsyncHTTPRequestAdapter, HTTPException
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError, MissingQueryError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.types.unset import UnsetType

from graphql_api.bounds import HEADER, bounds_in_header
from graphql_api.context import Context, Services
from graphql_api.dashboard.cookies import find_logged_in
from graphql_api.errors import ApiError, TimedOut, Unauthenticated, statuses
from graphql_api.incoming import read_json
from graphql_api.limits import MOST_BODY_BYTES, MOST_DIGITS, MOST_SECONDS
from graphql_api.masking import told
from graphql_api.schema import ShopfloorSchema
from graphql_api.sockets import bounded, closable
from graphql_api.transport import LIFETIME, Lifetime, Transport
from graphql_api.wording import said

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
INIT_PATIENCE = timedelta(seconds=10)
MOST_SUBSCRIPTIONS = 20
"""On one websocket; of all together there is another limit."""

OK = 200
BAD_REQUEST = 400
NOT_ALLOWED = 405
TOO_LATE = 408
TOO_LARGE = 413
INTERNAL_ERROR = 500
UNUSABLE = 4400
BODY_PATIENCE_S = 10.0


class GraphQLView(GraphQL[Context, None]):
    """Answers at one address; everything but opening a websocket needs a token."""

    def __init__(
        self,
        schema: ShopfloorSchema,
        services: Services,
        allowed_origins: Sequence[str] = (),
        seconds: float = MOST_SECONDS,
        lifetime: Lifetime = LIFETIME,
    ) -> None:
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=INIT_PATIENCE,
            max_subscriptions_per_connection=MOST_SUBSCRIPTIONS,
            allowed_origins=allowed_origins,
        )
        self._services = services
        self._seconds = seconds
        self.graphql_transport_ws_handler_class = type(
            "Transport", (Transport,), {"lifetime": lifetime, "sockets": services.sockets}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request or a websocket."""
        if scope["type"] != "http":
            receive, send = bounded(*closable(receive, send))
            try:
                await super().__call__(scope, receive, send)
            except (ApiError, HTTPException) as problem:
                await send({"type": "websocket.close", "code": UNUSABLE, "reason": _reason(problem)})
            return
        request = Request(scope, _limited(receive))
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except ApiError as problem:
            headers = {"www-authenticate": "Bearer"} if isinstance(problem, Unauthenticated) else {}
            response = _refusal(request, problem.status, str(problem), problem.extensions, headers)
        except HTTPException as problem:
            response = _refusal(request, problem.status_code, _reason(problem), {"code": "BAD_REQUEST"})
        except Exception as problem:  # noqa: BLE001  # a mistake of ours, whatever it is: masked and logged as any other
            (masked,) = told([GraphQLError("", original_error=problem)], None, self._services.metrics)
            response = _refusal(request, INTERNAL_ERROR, masked.message, masked.extensions or {})
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        length = request.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            raise HTTPException(BAD_REQUEST, "content-length is no number")
        if len(length) > MOST_DIGITS or int(length) > MOST_BODY_BYTES:
            raise _too_large()
        return await self.run(request)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """Recognise the token of a request; a websocket's comes with its first message, or as a header."""
        tokens, sessions = self._services.tokens, self._services.sessions
        claims = tokens.find_bearer(request.headers.get("authorization")) or find_logged_in(request, tokens, sessions)
        if claims is None and isinstance(request, Request):
            raise Unauthenticated
        try:
            at_least = bounds_in_header(request.headers.get(HEADER))
        except GraphQLError as problem:
            raise HTTPException(BAD_REQUEST, f"{HEADER}: {problem.message}") from problem
        context = Context(self._services, claims, at_least)
        request.state.context = context
        return context

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Recognise the token of a websocket's first message: `{"authorization": "Bearer …"}`."""
        params = {str(name).lower(): value for name, value in (context.connection_params or {}).items()}
        header = params.get("authorization")
        context.authenticate(self._services.tokens.find_bearer(header if isinstance(header, str) else None))
        try:
            context.claims  # noqa: B018 asking for them tells whether there are any
        except Unauthenticated as problem:
            raise ConnectionRejectionError from problem
        return UnsetType()

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        """Choose the media type that the client takes."""
        response = await super().get_sub_response(request)
        response.media_type = _media_type(request)
        return response

    async def execute_single(
        self,
        request: Request,  # noqa: ARG002 the signature is Strawberry's
        request_adapter: AsyncHTTPRequestAdapter,
        sub_response: Response,  # noqa: ARG002
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """Execute a query or mutation, for as long as one may take; what streams is for websockets."""
        method = request_adapter.method
        try:
            async with asyncio.timeout(self._seconds):
                return await self.schema.execute(
                    request_data.query,
                    root_value=root_value,
                    variable_values=request_data.variables,
                    context_value=context,
                    operation_name=request_data.operation_name,
                    allowed_operation_types=OperationType.from_http(method) - {OperationType.SUBSCRIPTION},
                    operation_extensions=request_data.extensions,
                )
        except TimeoutError:
            late = TimedOut()
            return PreExecutionError(data=None, errors=[GraphQLError(str(late), original_error=late)])
        except CannotGetOperationTypeError as problem:
            raise HTTPException(BAD_REQUEST, problem.as_http_error_reason()) from problem
        except InvalidOperationTypeError as problem:
            if problem.operation_type is OperationType.SUBSCRIPTION:
                raise HTTPException(BAD_REQUEST, "subscriptions need a websocket, graphql-transport-ws") from problem
            raise HTTPException(NOT_ALLOWED, problem.as_http_error_reason(method)) from problem
        except MissingQueryError as problem:
            raise HTTPException(BAD_REQUEST, "the request holds no `query`") from problem

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        """Mask the errors; an operation that never began has no `data`."""
        began = result.data is not None or any(error.path for error in result.errors or ())
        response: dict[str, Any] = {"data": result.data} if began else {}
        if result.errors:
            context: Context = request.state.context
            shown = told(result.errors, context.operation_name, self._services.metrics)
            response["errors"] = [error.formatted for error in shown]
        return response  # type: ignore[return-value]

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        """Say in the status what became of the request, to clients that take the newer media type."""
        failed = sub_response.media_type == GRAPHQL_JSON and "data" not in response_data
        return Response(
            self.encode_json(response_data),
            status_code=_status(response_data) if failed else OK,
            media_type=sub_response.media_type,
        )

    async def parse_http_body(self, request: AsyncHTTPRequestAdapter) -> GraphQLRequestData | list[GraphQLRequestData]:
        """Read the request; it has to come in time."""
        try:
            async with asyncio.timeout(BODY_PATIENCE_S):
                data = await super().parse_http_body(request)
        except TimeoutError as problem:
            raise HTTPException(TOO_LATE, f"the body did not come within {BODY_PATIENCE_S:.0f} s") from problem
        if not isinstance(data, list) and not isinstance(data.operation_name, str | None):
            raise HTTPException(BAD_REQUEST, "`operationName` must be a string or null")
        return data

    def parse_json(self, data: str | bytes) -> Any:
        """Read a body, or variables of an address."""
        value = super().parse_json(data)
        if isinstance(data, bytes) and not isinstance(value, dict | list):
            raise HTTPException(BAD_REQUEST, "the body must be a JSON object with a `query`")
        return value

    def decode_json(self, data: str | bytes) -> object:
        """Read JSON of a request or a websocket's message."""
        return read_json(data)

    def encode_json(self, data: object) -> str:
        """Write JSON."""
        return msgspec.json.encode(data).decode()


def _status(response: Any) -> int:
    known = statuses()
    codes = (error["extensions"]["code"] for error in response["errors"])
    return max((known[code] for code in codes if code in known), default=BAD_REQUEST)


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MOST_BODY_BYTES:
            raise _too_large()
        return message

    return counted


def _reason(problem: ApiError | HTTPException) -> str:
    return said(problem.reason) if isinstance(problem, HTTPException) else str(problem)


def _too_large() -> HTTPException:
    return HTTPException(TOO_LARGE, f"the request is larger than {MOST_BODY_BYTES} bytes")


def _media_type(request: Request | WebSocket) -> str:
    return GRAPHQL_JSON if GRAPHQL_JSON in request.headers.get("accept", "") else JSON


def _refusal(
    request: Request, status: int, message: str, extensions: dict[str, Any], headers: dict[str, str] | None = None
) -> Response:
    body = msgspec.json.encode({"errors": [{"message": message, "extensions": extensions}]})
    return Response(body, status_code=status, media_type=_media_type(request), headers=headers)
