"""How large a question may be."""

from typing import Any

import msgspec
from graphql import (
    ASTValidationRule,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    specified_rules,
)
from graphql.validation.rules.custom.no_schema_introspection import NoSchemaIntrospectionCustomRule
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

MOST_TOKENS = 2_000
MOST_DIGITS = 40
MOST_PROBLEMS = 20
"""More of them tell a client nothing new."""

MOST_BODY_BYTES = 262_144
MOST_ROWS = 20_000
"""Of one operation, whatever it asks for."""

MOST_SECONDS = 30.0
MOST_DATABASE_SECONDS = 10.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How large one operation may be, fragments written out."""

    depth: int = 12
    fields: int = 500
    aliases: int = 30
    root_fields: int = 20
    mutations: int = 4
    fragments: int = 100


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
            case FieldNode(name=name):
                inner = self.of(node.selection_set)
                depth = 0 if name.value.startswith("__") else inner.depth + 1  # introspection's has a rule of its own
                return Size(depth, inner.fields + 1, inner.aliases + (node.alias is not None), 1)
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
            fragments = [each for each in context.document.definitions if isinstance(each, FragmentDefinitionNode)]
            if len(fragments) > limits.fragments:
                too_many = f"{len(fragments)} fragments, at most {limits.fragments} are allowed"
                self.report_error(GraphQLError(too_many, [fragments[-1]]))
                return
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


class NumberRule(ValidationRule):
    """Refuses numbers that are longer than Python reads."""

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        """Judge a whole number."""
        self._judge(node)

    def enter_float_value(self, node: FloatValueNode, *_: Any) -> None:
        """Judge any other number."""
        self._judge(node)

    def _judge(self, node: IntValueNode | FloatValueNode) -> None:
        if len(node.value) > MOST_DIGITS:
            self.report_error(GraphQLError(f"a number of more than {MOST_DIGITS} digits", [node]))


Rules = tuple[type[ASTValidationRule], ...]


class Stages(msgspec.Struct, frozen=True):
    """The rules that a document is held to; made once for each server."""

    first: Rules
    """These bound what the others cost, some of which compare each field with each."""
    then: Rules


def validation_rules(limits: Limits, *, introspection: bool) -> Stages:
    """Return every rule that a document is held to."""
    closed: Rules = () if introspection else (NoSchemaIntrospectionCustomRule,)
    own = (*closed, MaybeNullValidationRule, OneOfInputValidationRule)
    return Stages(first=(limit_rule(limits), NumberRule), then=(*own, *specified_rules))
