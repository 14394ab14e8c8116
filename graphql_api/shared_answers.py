"""What many are told at once is answered once: the same document, variables and permissions about one thing."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any

import msgspec
from graphql import ExecutionResult
from strawberry.types import Info

from event_store.envelope import Position

Execute = Callable[[], Coroutine[Any, Any, ExecutionResult]]


class Answers:
    """The answers about what is told at one moment, by who asks what."""

    def __init__(self) -> None:
        self._known: dict[Hashable, asyncio.Task[ExecutionResult]] = {}

    async def share(self, asked: Hashable, execute: Execute) -> ExecutionResult:
        """Return the answer to what is asked, executed by the first who asks; who leaves takes it from nobody."""
        known = self._known.get(asked)
        if known is None:
            known = self._known[asked] = asyncio.create_task(execute())
        answer = await asyncio.shield(known)
        return ExecutionResult(answer.data, answer.errors, answer.extensions)


class Sharing(msgspec.Struct, frozen=True):
    """What a subscription asks, and the answers about what it is told just now."""

    asked: Hashable
    answers: Answers


def asked_in(info: Info) -> Hashable:
    """Return what is the same for all whose answers are the same; from where on they follow makes no difference."""
    name = info.operation.name.value if info.operation.name else None
    variables = {each: value for each, value in info.variable_values.items() if not isinstance(value, Position)}
    return info.query, name, repr(sorted(variables.items())), info.context.claims
