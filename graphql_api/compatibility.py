"""What a change of the schema would break for clients that were built on the one before."""

from collections.abc import Iterator, Sequence

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
)

UNUSED = "Standard scalar"
"""How graphql-core begins to say that a scalar of GraphQL's own is used no more."""


def broken(before: str, now: str) -> Sequence[str]:
    """Return in words what clients of a schema lose with another; what was deprecated before may go."""
    old, new = build_schema(before), build_schema(now)
    announced = set(_announced(old))
    changes = [each.description for each in find_breaking_changes(old, new)]
    return [each for each in changes if each not in announced and not each.startswith(UNUSED)]


def _announced(schema: GraphQLSchema) -> Iterator[str]:
    """Yield in graphql-core's words the removal of each thing that is deprecated."""
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLEnumType):
            for name, value in type_.values.items():
                if value.deprecation_reason:
                    yield f"Enum value {type_.name}.{name} was removed."
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, part in type_.fields.items():
                if part.deprecation_reason:
                    yield f"Field {type_.name}.{name} was removed."
