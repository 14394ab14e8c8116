"""Waiting, for a while, until the read models have reached a position that the client has seen."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    OperationDefinitionNode,
    ValueNode,
    Visitor,
    value_from_ast_untyped,
    visit,
)

from event_store.envelope import Position
from graphql_api.announcements import Announcements
from graphql_api.errors import Lagging, UnusableArgument, token
from graphql_api.scalars import read_position
from graphql_api.snapshots import Database
from graphql_api.tokens import Claims
from projections.positions import find_reached

PATIENCE_S = 2.0
ARGUMENT = "atLeast"
HEADER = "shopfloor-at-least"
MOST = 12


class Bounds:
    """Holds questions back that want at least a position."""

    def __init__(
        self,
        database: Database,
        announcements: Announcements,
        topic: str,
        partitions: int,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._database = database
        self._announcements = announcements
        self._topic = topic
        self._partitions = partitions
        self._patience_s = patience_s

    async def wait(self, positions: Collection[Position], claims: Claims) -> None:
        """Return once every position can be queried; raises `Lagging` when that takes too long."""
        until = asyncio.get_running_loop().time() + self._patience_s
        for position in positions:
            if position.topic != self._topic or position.partition >= self._partitions:
                raise UnusableArgument(f"{token(position)} is no position of this record")
            try:
                async with asyncio.timeout_at(until):
                    while not await self._is_reached(position, claims):
                        pass
            except TimeoutError:
                raise Lagging(position, await self._reached(position, claims)) from None

    async def _is_reached(self, position: Position, claims: Claims) -> bool:
        moved = self._announcements.moved(position.topic, position.partition)
        reached = await self._reached(position, claims)
        if reached is not None and reached.offset >= position.offset:
            return True
        await moved.wait()
        return False

    async def _reached(self, position: Position, claims: Claims) -> Position | None:
        async with self._database.reading(claims) as connection:
            found = await find_reached(connection, position.topic, position.partition)
        if not found or not found[0].next_offset:
            return None
        return Position(topic=position.topic, partition=position.partition, offset=found[0].next_offset - 1)


def bounds_in_header(header: str | None) -> tuple[Position, ...]:
    """Return the positions of a `Shopfloor-At-Least` header, several with commas."""
    return _few([read_position(each.strip()) for each in header.split(",")]) if header else ()


def bounds_of(document: DocumentNode, nodes: Sequence[ValueNode], variables: Mapping[str, Any]) -> tuple[Position, ...]:
    """Return the positions that a document's `atLeast` arguments name, with the variables of a request."""
    given = {**_defaults(document), **variables}
    values = [value_from_ast_untyped(node, given) for node in nodes]
    return _few([read_position(value) for value in values if isinstance(value, str)])


def _few(positions: list[Position]) -> tuple[Position, ...]:
    if len(positions) > MOST:
        raise UnusableArgument(f"{len(positions)} positions to wait for; give at most {MOST}")
    return tuple(positions)


def _defaults(document: DocumentNode) -> dict[str, Any]:
    return {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for operation in document.definitions
        if isinstance(operation, OperationDefinitionNode)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }


class _Arguments(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.values: list[ValueNode] = []

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        if node.name.value == ARGUMENT:
            self.values.append(node.value)


def bound_nodes(document: DocumentNode) -> Sequence[ValueNode]:
    """Return the values of a document's `atLeast` arguments."""
    visitor = _Arguments()
    visit(document, visitor)
    return visitor.values
