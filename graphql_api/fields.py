"""Strawberry's decorators, with the types of what they decorate kept for the type checker."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry

from graphql_api.rules import needs
from graphql_api.tokens import Permission

F = TypeVar("F", bound=Callable[..., Any])


def field(description: str, permission: Permission | None = None) -> Callable[[F], F]:
    """Make a resolver a field; without a permission of its own it needs that of its type."""
    return cast("Callable[[F], F]", strawberry.field(description=description, directives=_rule(permission)))


def mutation(description: str, permission: Permission) -> Callable[[F], F]:
    """Make a resolver a change that clients may ask for."""
    return cast("Callable[[F], F]", strawberry.mutation(description=description, directives=_rule(permission)))


def subscription(description: str, permission: Permission) -> Callable[[F], F]:
    """Make an asynchronous generator a stream that clients may follow."""
    return cast("Callable[[F], F]", strawberry.subscription(description=description, directives=_rule(permission)))


def _rule(permission: Permission | None) -> list[object]:
    return [] if permission is None else needs(permission)
