"""What each field of the schema needs: a permission, on the field itself or on its type."""

from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    separate_operations,
    visit,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema_directive import Location

from graphql_api.errors import Forbidden
from graphql_api.tokens import Claims, Permission

DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF


@strawberry.schema_directive(
    locations=[Location.OBJECT, Location.INTERFACE, Location.FIELD_DEFINITION],
    description="The permission that a token needs; a field's own rule stands above its type's.",
)
class Requires:
    """The rule of a type or field."""

    permission: Permission = strawberry.directive_field(name="permission")


def needs(permission: Permission) -> list[object]:
    """Return a type's or field's `directives`."""
    return [Requires(permission=permission)]


def rule_of(parent: GraphQLNamedType, field: str) -> Permission | None:
    """Return what a field needs; None is a mistake in the schema."""
    if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or field not in parent.fields:
        return None
    return _rule(parent.fields[field].extensions) or _rule(parent.extensions)


def _rule(extensions: dict[str, Any]) -> Permission | None:
    directives = getattr(extensions.get(DEFINITION), "directives", None) or ()
    return next((each.permission for each in directives if isinstance(each, Requires)), None)


Needs = tuple[tuple[str, Permission | None], ...]
"""Each field that an operation uses, as `Type.field`, and what it needs."""


class _Needs(Visitor):
    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.found: dict[str, Permission | None] = {}

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, name = self._info.get_parent_type(), node.name.value
        if parent is not None and not name.startswith("__") and not parent.name.startswith("__"):
            self.found[f"{parent.name}.{name}"] = rule_of(parent, name)


def needs_of(schema: GraphQLSchema, document: DocumentNode) -> dict[str, Needs]:
    """Return what each operation's fields need, by its name, those of its fragments included."""
    return {name: _needs(schema, alone) for name, alone in separate_operations(document).items()}


def _needs(schema: GraphQLSchema, alone: DocumentNode) -> Needs:
    info = TypeInfo(schema)
    visitor = _Needs(info)
    visit(alone, TypeInfoVisitor(info, visitor))
    return tuple(visitor.found.items())


def check(needs_by_name: dict[str, Needs], operation_name: str | None, claims: Claims) -> None:
    """Raise `Forbidden` unless the claims allow every field of the operation; a field without a rule is refused."""
    needed = needs_by_name.get(operation_name or "")
    if needed is None:
        raise Forbidden("an operation that the document does not hold")
    for field, permission in needed:
        if permission not in claims.permissions:
            raise Forbidden(field)
