"""How large a question may be. The rules are made once, so that validated documents stay in the cache."""

from collections.abc import Iterable
from typing import Any

import msgspec
from graphql import (
    ASTValidationRule,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    specified_rules,
)
from graphql.validation.rules.custom.no_schema_introspection import NoSchemaIntrospectionCustomRule

MOST_TOKENS = 2_000
MOST_BODY_BYTES = 262_144
MOST_SECONDS = 30.0
MOST_DATABASE_SECONDS = 10.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How large one operation may be, fragments written out."""

    depth: int = 12
    fields: int = 500
    aliases: int = 30
    root_fields: int = 20
    mutations: int = 4


class Size(msgspec.Struct, frozen=True):
    """How large a selection is."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    roots: int = 0


class _Measure:
    """Measures each fragment once, so that fragments of fragments cost no more than they are long."""

    def __init__(self, context: ValidationContext) -> None:
        self._context = context
        self._fragments: dict[str, Size] = {}

    def of(self, selection_set: SelectionSetNode | None) -> Size:
        sizes = [self._selection(each) for each in selection_set.selections] if selection_set else []
        return Size(
            depth=max((size.depth for size in sizes), default=0),
            fields=sum(size.fields for size in sizes),
            aliases=sum(size.aliases for size in sizes),
            roots=sum(size.roots for size in sizes),
        )

    def _selection(self, node: SelectionNode) -> Size:
        match node:
            case FieldNode(name=name) if name.value.startswith("__"):  # introspection has a rule of its own
                return Size(fields=1, roots=1)
            case FieldNode():
                inner = self.of(node.selection_set)
                return Size(inner.depth + 1, inner.fields + 1, inner.aliases + (node.alias is not None), 1)
            case InlineFragmentNode():
                return self.of(node.selection_set)
            case FragmentSpreadNode():
                return self._fragment(node.name.value)
            case _:
                return Size()

    def _fragment(self, name: str) -> Size:
        if name not in self._fragments:
            self._fragments[name] = Size()  # a fragment within itself is refused by another rule
            fragment: FragmentDefinitionNode | None = self._context.get_fragment(name)
            self._fragments[name] = self.of(fragment.selection_set if fragment else None)
        return self._fragments[name]


def limit_rule(limits: Limits) -> type[ValidationRule]:
    """Return the rule that refuses larger operations, before any other rule looks at them."""

    class LimitRule(ValidationRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            measure = _Measure(context)
            for operation in context.document.definitions:
                if isinstance(operation, OperationDefinitionNode):
                    self._judge(operation, measure.of(operation.selection_set))

        def _judge(self, operation: OperationDefinitionNode, size: Size) -> None:
            mutation = operation.operation is OperationType.MUTATION
            roots = limits.mutations if mutation else limits.root_fields
            for what, found, limit in (
                ("levels", size.depth, limits.depth),
                ("fields", size.fields, limits.fields),
                ("aliases", size.aliases, limits.aliases),
                ("mutations" if mutation else "root fields", size.roots, roots),
            ):
                if found > limit:
                    self.report_error(GraphQLError(f"{found} {what}, at most {limit} are allowed", [operation]))

    return LimitRule


def validation_rules(limits: Limits, *, introspection: bool) -> tuple[type[ASTValidationRule], ...]:
    """Return every rule that a document is held to; made once for each server."""
    own: Iterable[Any] = (limit_rule(limits), *(() if introspection else (NoSchemaIntrospectionCustomRule,)))
    return (*own, *specified_rules)
