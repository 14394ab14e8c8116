"""What a client is told of an error, and what the log is."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import psycopg.errors
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError

from event_store.database import is_outage
from event_store.errors import BrokerUnreachable
from graphql_api.errors import ApiError, TimedOut, Unavailable, UnusableArgument, UnusableRequest
from graphql_api.limits import MOST_PROBLEMS
from graphql_api.metrics import Metrics
from graphql_api.wording import said
from projections.errors import UnusableRange

log = structlog.get_logger(__name__)

MOST_LETTERS, KEPT_LETTERS = 1_000, 450
"""Of a message, and at each end of a longer one: what a client sent is not sent back whole."""
INTERNAL = "INTERNAL"
PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
INVALID = "GRAPHQL_VALIDATION_FAILED"


def told(errors: Sequence[GraphQLError], operation: str | None, metrics: Metrics) -> list[GraphQLError]:
    """Return the errors as a client may see them, each with a stable `code`, and write one line to the log.

    The cause of an unexpected error is in the log only, under the `request` that the client is told.
    """
    request = uuid4().hex
    shown = [_shown(error, request) for error in errors][:MOST_PROBLEMS]
    codes = sorted({str((error.extensions or {})["code"]) for error in shown})
    for code in codes:
        metrics.error(code)
    unexpected = next((error.original_error for error in errors if _code(error) == INTERNAL), None)
    if unexpected is not None:
        log.error("request failed", request=request, operation=operation, codes=codes, exc_info=unexpected)
    else:
        log.info("request refused", request=request, operation=operation, codes=codes)
    return shown


def expected(error: BaseException | None) -> ApiError | None:
    """Return the error that a client is told for one that was raised, or None for a mistake of ours."""
    match error:
        case ApiError():
            return error
        case UnusableRange():
            return UnusableArgument(str(error))
        case MissingQueryError() | CannotGetOperationTypeError():
            return _unusable(error)
        case DBAPIError(orig=psycopg.DataError(sqlstate=None) as refused) if "NUL" in str(refused):
            return UnusableArgument("a text holds the character U+0000, which nothing that was recorded holds")
    return _late_or_gone(error)


def _unusable(error: MissingQueryError | CannotGetOperationTypeError) -> ApiError:
    if isinstance(error, MissingQueryError):
        return UnusableRequest("the request holds no `query`")
    return UnusableRequest(said(error.as_http_error_reason()))


def _late_or_gone(error: BaseException | None) -> ApiError | None:
    match error:
        case BrokerUnreachable():
            return Unavailable("Kafka")
        case TimeoutError() | psycopg.errors.QueryCanceled() | DBAPIError(orig=psycopg.errors.QueryCanceled()):
            return TimedOut()
        case PoolTimeout():
            return Unavailable("PostgreSQL")
    return Unavailable("PostgreSQL") if error is not None and is_outage(error) else None


def _code(error: GraphQLError) -> str:
    known = expected(error.original_error)
    if known is not None:
        return known.code
    if isinstance(error, GraphQLSyntaxError):
        return PARSE_FAILED
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        return INTERNAL
    return INVALID if error.path is None else UnusableArgument.code


def _shown(error: GraphQLError, request: str) -> GraphQLError:
    code = _code(error)
    known = expected(error.original_error)
    extensions: dict[str, Any] = {"code": code} if known is None else known.extensions
    message = error.message if known is None else str(known)
    if code == INTERNAL:
        message, extensions = "unexpected error; its cause is in the server's log", {"code": code, "request": request}
    return GraphQLError(
        message if len(message) <= MOST_LETTERS else f"{message[:KEPT_LETTERS]} … {message[-KEPT_LETTERS:]}",
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
