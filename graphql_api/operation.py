"""What surrounds each operation: its document, its permissions, its snapshot and its time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from time import perf_counter

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import StreamExecutionResult
from strawberry.types.execution import ExecutionContext, ExecutionResult

from graphql_api.bounds import bounds_of
from graphql_api.context import Context
from graphql_api.documents import Documents, Examined
from graphql_api.limits import MOST_SECONDS, MOST_TOKENS
from graphql_api.masking import told
from graphql_api.rules import check


class Operation(SchemaExtension):
    """Surrounds one operation, over HTTP or a websocket."""

    def __init__(self, documents: Documents, seconds: float) -> None:
        self._documents = documents
        self._seconds = seconds
        self._examined: Examined | None = None

    @classmethod
    def factory(cls, documents: Documents, seconds: float = MOST_SECONDS) -> Callable[[], SchemaExtension]:
        """Return what Strawberry makes an extension from for each operation."""
        return lambda: cls(documents, seconds)

    async def on_operation(self) -> AsyncIterator[None]:
        """Give the operation a context of its own, and end its snapshot."""
        asked: Context = self.execution_context.context
        self.execution_context.context = context = asked.for_operation()
        began = perf_counter()
        try:
            yield
        finally:
            await context.close()
            asked.operation_name = self.execution_context.operation_name
            kind = self._kind()
            seconds = None if kind == "subscription" else perf_counter() - began
            context.services.metrics.operation(kind, self._outcome(), seconds)

    def on_parse(self) -> Iterator[None]:
        """Take the document from memory; an unreadable one is told by Strawberry, which reads it again."""
        execution = self.execution_context
        execution.parse_options["max_tokens"] = MOST_TOKENS
        with suppress(GraphQLError):
            self._examined = self._documents.examine(execution.schema._schema, execution.query or "")  # noqa: SLF001
            execution.graphql_document = self._examined.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Take what is wrong with the document from memory."""
        if self._examined is not None:
            self.execution_context.pre_execution_errors = self._examined.problems
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Refuse what the token may not ask, and wait for the positions that the client wants at least.

        The snapshot ends with the last question, so that a client who takes its time to read holds nothing.
        """
        execution, context = self.execution_context, self.execution_context.context
        try:
            async with asyncio.timeout(self._seconds):
                await self._begin(execution, context)
                yield
        finally:
            await context.close()

    async def _begin(self, execution: ExecutionContext, context: Context) -> None:
        check(self._examined.needs if self._examined else {}, execution.operation_name, context.claims)
        if self._examined is not None and (self._examined.bounds or context.at_least):
            wanted = bounds_of(self._examined.document, self._examined.bounds, execution.variables or {})
            await context.services.bounds.wait([*context.at_least, *wanted], context.claims)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Mask the errors that go over a websocket; those of HTTP are masked with the response."""
        if isinstance(result, ExecutionResult) and result.errors:
            metrics = self.execution_context.context.services.metrics
            result.errors = told(result.errors, self.execution_context.operation_name, metrics)
        yield

    def _kind(self) -> str:
        with suppress(RuntimeError):
            return self.execution_context.operation_type.value.lower()
        return "unknown"

    def _outcome(self) -> str:
        result = self.execution_context.result
        failed = result is None or result.errors or self.execution_context.pre_execution_errors
        return "error" if failed else "ok"
