"""What surrounds each operation: its document, its permissions, its snapshot and its time."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from time import perf_counter

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import StreamExecutionResult
from strawberry.types.execution import ExecutionResult

from graphql_api.bounds import bounds_of
from graphql_api.context import Context
from graphql_api.documents import Documents
from graphql_api.masking import told
from graphql_api.rules import check


class Operation(SchemaExtension):
    """Surrounds one operation, over HTTP or a websocket."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    @classmethod
    def factory(cls, documents: Documents) -> Callable[[], SchemaExtension]:
        """Return what Strawberry makes an extension from for each operation."""
        return lambda: cls(documents)

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
        with suppress(GraphQLError):
            self.execution_context.graphql_document = self._documents.parsed(self.execution_context.query or "")
        yield

    def on_validate(self) -> Iterator[None]:
        """Take what is wrong with the document from memory."""
        execution, document = self.execution_context, self.execution_context.graphql_document
        if document is not None:
            execution.pre_execution_errors = self._documents.problems(execution.schema._schema, document)  # noqa: SLF001
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Refuse what the token may not ask, and wait for the positions that the client wants at least."""
        execution, context = self.execution_context, self.execution_context.context
        document, schema = execution.graphql_document, execution.schema._schema  # noqa: SLF001
        if document is not None:
            check(schema, document, execution.operation_name, context.claims)
            wanted = bounds_of(document, execution.operation_name, execution.variables or {})
            await context.services.bounds.wait([*context.at_least, *wanted], context.claims)
        yield

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
