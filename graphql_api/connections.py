"""Long lists, page by page; a cursor is the last row's key, so pages do not shift while facts come in."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, Generic, Self, TypeVar

import msgspec
import strawberry

from graphql_api.errors import UnusableArgument
from graphql_api.fields import field
from graphql_api.rules import needs
from graphql_api.tokens import Permission
from projections.scope import Page

FIRST = 50
MOST = 100

T = TypeVar("T")
K = TypeVar("K", bound=tuple[Any, ...])
R = TypeVar("R")


@strawberry.type(description="Where a page lies in its list.", directives=needs(Permission.READ))
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether rows come after this page.")
    has_previous_page: bool = strawberry.field(description="Whether this page began after a cursor.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first row; null on an empty page.")
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
    order: strawberry.Private["Order[Any]"]
    nodes: list[T] = strawberry.field(description="The rows without their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @field("The rows, at most `first`, with their cursors.")
    def edges(self) -> list[Edge[T]]:
        """Return each row with its cursor."""
        cursors = map(self.order.cursor, self.rows)
        return [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, self.nodes, strict=True)]

    @classmethod
    def of(cls, rows: Sequence[R], request: "PageRequest[Any]", make: Callable[[R], T]) -> Self:
        """Make a page of one row more than was asked for, which tells that there is a next page."""
        page = rows[: request.first]
        return cls(
            rows=page,
            order=request.order,
            nodes=[make(row) for row in page],
            page_info=PageInfo(
                has_next_page=len(rows) > request.first,
                has_previous_page=request.after is not None,
                start_cursor=request.order.cursor(page[0]) if page else None,
                end_cursor=request.order.cursor(page[-1]) if page else None,
            ),
        )


class Order(Generic[K]):
    """How a list is ordered: by these fields of its rows, which are its key."""

    def __init__(self, key_type: Any, *names: str) -> None:
        self._key_type = key_type
        self._names = names

    def request(self, first: int, after: str | None) -> "PageRequest[K]":
        """Read what a client wants of the list: so many rows behind a cursor."""
        if not 1 <= first <= MOST:
            raise UnusableArgument(f"first is {first}; ask for 1 to {MOST} rows")
        return PageRequest(self, first, None if after is None else self._key(after))

    def cursor(self, row: Any) -> str:
        """Return the cursor of a row."""
        key = [getattr(row, name) for name in self._names]
        return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")

    def _key(self, cursor: str) -> K:
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            key: K = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=self._key_type)
        except (binascii.Error, ValueError, msgspec.MsgspecError) as problem:
            why = f"{cursor!r} is no cursor of this list; give one back as an answer gave it"
            raise UnusableArgument(why) from problem
        return key


class PageRequest(Generic[K]):
    """What a client wants of a list."""

    def __init__(self, order: Order[K], first: int, after: K | None) -> None:
        self.order = order
        self.first = first
        self.after = after

    @property
    def page(self) -> Page[K]:
        """The rows to find: one more than wanted, which tells that there is a next page."""
        return Page(self.first + 1, self.after)
