"""Long lists, page by page; a cursor is a row's key, so pages do not shift while facts come in."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Self, TypeVar

import msgspec
import strawberry

from graphql_api.context import Asked
from graphql_api.errors import UnusableArgument
from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.tokens import Permission
from graphql_api.words import TimeOrder
from projections.scope import Page

FIRST = 50
MOST = 100
MOST_COUNTED = 100_000

T = TypeVar("T")
K = TypeVar("K", bound=tuple[Any, ...])
R = TypeVar("R")

Count = Callable[[], Awaitable[int]]
"""Counts a list's rows, up to one more than `MOST_COUNTED`."""


@strawberry.type(description="Where a page lies in its list.", directives=needs(Permission.READ))
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether rows come after this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows come before this page.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row, to give as `before`.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last row, to give as `after`.")


@strawberry.type(description="A row with its cursor.", directives=needs(Permission.READ))
class Edge(Generic[T]):
    """A row with its cursor."""

    cursor: str = strawberry.field(description="Give it as `after` to go on behind this row.")
    node: T = strawberry.field(description="The row.")


@strawberry.type(description="A page of a list.", directives=needs(Permission.READ))
class Connection(Generic[T]):
    """A page of a list."""

    rows: strawberry.Private[Sequence[Any]]
    order: strawberry.Private["SortKey[Any]"]
    count: strawberry.Private[Count | None]
    nodes: list[T] = strawberry.field(description="The rows without their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @field("The rows with their cursors.")
    def edges(self) -> list[Edge[T]]:
        """Return each row with its cursor."""
        cursors = map(self.order.cursor, self.rows)
        return [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, self.nodes, strict=True)]

    @field("How many rows the whole list has. It is counted when asked for, and refused beyond 100,000.")
    async def total_count(self, info: Asked) -> int | None:  # noqa: ARG002
        """Count the list's rows."""
        if self.count is None:
            return None
        counted = await self.count()
        if counted > MOST_COUNTED:
            raise UnusableArgument(f"the list has more than {MOST_COUNTED} rows; give a range to count fewer")
        return counted

    @classmethod
    def of(
        cls,
        found: Sequence[R],
        request: "PageRequest[Any]",
        shape: Callable[[Sequence[R]], list[T]],
        count: Count | None = None,
    ) -> Self:
        """Make a page of one row more than was asked for, which tells that there are more that way."""
        more, rows = len(found) > request.size, found[: request.size]
        page = rows[::-1] if request.backwards else rows
        return cls(
            rows=page,
            order=request.order,
            count=count,
            nodes=shape(page),
            page_info=PageInfo(
                has_next_page=request.key is not None if request.backwards else more,
                has_previous_page=more if request.backwards else request.key is not None,
                start_cursor=request.order.cursor(page[0]) if page else None,
                end_cursor=request.order.cursor(page[-1]) if page else None,
            ),
        )


class SortKey(Generic[K]):
    """How a list is ordered: by these fields of its rows, which are its key. Each list has a name of its own."""

    def __init__(self, name: str, key_type: Any, *fields: str) -> None:
        self._name = name
        self._key_type = tuple[str, key_type]
        self._fields = fields

    def forwards(self, first: int | None, after: str | None) -> "PageRequest[K]":
        """Read what a client wants of a list that has one direction."""
        return self.request(first, after, None, None)

    def request(
        self,
        first: int | None,
        after: str | None,
        last: int | None,
        before: str | None,
        order: TimeOrder = TimeOrder.EARLIEST_FIRST,
    ) -> "PageRequest[K]":
        """Read what a client wants of the list: so many rows behind a cursor, or from its end before one."""
        backwards = last is not None or before is not None
        size = (FIRST if last is None else last) if backwards else (FIRST if first is None else first)
        if not 1 <= size <= MOST:
            raise UnusableArgument(f"{'last' if backwards else 'first'} is {size}; ask for 1 to {MOST} rows")
        if after is not None and backwards:
            raise UnusableArgument("`after` goes with `first`, `before` with `last`; ask in one direction")
        cursor = before if backwards else after
        return PageRequest(
            self,
            size,
            None if cursor is None else self._key(cursor),
            backwards=backwards,
            descending=backwards is not (order is TimeOrder.LATEST_FIRST),
        )

    def cursor(self, row: Any) -> str:
        """Return the cursor of a row."""
        key = [self._name, [getattr(row, name) for name in self._fields]]
        return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")

    def _key(self, cursor: str) -> K:
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            name, key = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=self._key_type)
        except (binascii.Error, ValueError, msgspec.MsgspecError) as problem:
            raise self._no_cursor(cursor) from problem
        if name != self._name:
            raise self._no_cursor(cursor)
        found: K = key
        return found

    def _no_cursor(self, cursor: str) -> UnusableArgument:
        return UnusableArgument(f"{cursor!r} is no cursor of this list; give one back as an answer gave it")


class PageRequest(Generic[K]):
    """What a client wants of a list."""

    def __init__(self, order: SortKey[K], size: int, key: K | None, *, backwards: bool, descending: bool) -> None:
        self.order = order
        self.size = size
        self.key = key
        self.backwards = backwards
        self._descending = descending

    @property
    def page(self) -> Page[K]:
        """The rows to find: one more than wanted, which tells that there are more."""
        return Page(self.size + 1, self.key, self._descending)
