"""Answering plain fields straight from their objects, at a fraction of the cost of graphql-core's walk through each.

A field is plain when it takes no arguments, its value is an attribute, and its type is a scalar, an enum, or an object
or a list of which the same is true. Everything else takes graphql-core's way, and so does an object with plain fields
as soon as one of them is unusual (a null that may not be, a value that does not fit its type): every error is
graphql-core's.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from inspect import isawaitable
from operator import attrgetter
from typing import Any, ClassVar, cast

import msgspec
from graphql import (
    ExecutionResult,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    Undefined,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql_api.rules import DEFINITION

MOST_FIELDS = 2_000
"""Fields of the schema of which it is remembered how they are read."""

AS_IT_IS = {GraphQLID: str, GraphQLString: str, GraphQLBoolean: bool}
"""Scalars whose values of exactly this class go into an answer as they are."""

Read = Callable[[Any], Any]
"""Returns what an object holds, or what an answer says of a value; raises anything where that is unusual."""

Wanted = list[FieldDetails]
"""A field as it is asked for, once for each place of the document that does."""

OfObject = Callable[[GraphQLObjectType], Read | None]


class Plan(msgspec.Struct, frozen=True):
    """How what is wanted of one object is answered."""

    fields: dict[str, Wanted]
    plain: Read | None
    """Answers the plain fields; None where there are none."""
    others: dict[str, Wanted]


class Reader(msgspec.Struct, frozen=True):
    """How a plain field is read; `answer` is None where that depends on what is wanted of the objects in it."""

    get: Read
    answer: Read | None
    type: GraphQLOutputType


class PlanningExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation, the permissions of all its fields having been checked before."""

    hides_suggestions: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: dict[int, Plan] = {}

    @classmethod
    def build(cls, *args: Any, **kwargs: Any) -> Any:
        """Begin an operation; errors of its variables suggest names of the schema only where that is open."""
        return super().build(*args, **(kwargs | {"hide_suggestions": cls.hides_suggestions}))

    def build_per_event_executor(self, payload: Any) -> "PlanningExecutor":
        """Begin anew with each event: what is remembered of one would pile up for as long as somebody listens."""
        executor = cast("PlanningExecutor", super().build_per_event_executor(payload))
        executor._plans = {}  # noqa: SLF001 a copy of this one
        executor._relevant_sub_fields = {}  # noqa: SLF001
        return executor

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: FBT001  # the signature is graphql-core's
        """Execute it; what a subscription is told is executed once for all who ask the same of it."""
        sharing = getattr(self.context_value, "sharing", None)
        if sharing is None:
            return super().execute_operation(serially)
        return sharing.answers.share(sharing.asked, self._execute_for_all)

    async def _execute_for_all(self) -> ExecutionResult:
        self.context_value = context = self.context_value.for_telling()
        try:
            result = super().execute_operation()
            return cast("ExecutionResult", await result if isawaitable(result) else result)
        finally:
            await context.close()

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: dict[str, Wanted],
        position_context: Any,
    ) -> Any:
        """Answer the plain fields of an object, and leave the others to graphql-core."""
        plan = self._plan(parent_type, grouped_field_set)
        answered, left = _answer_plainly(plan, source_value)
        if not left:
            return answered
        others = super().execute_fields(parent_type, source_value, path, left, position_context)
        if not answered:
            return others
        if isinstance(others, dict):
            return _in_order(plan, answered, others)
        return _later(plan, answered, others)

    def _plan(self, parent_type: GraphQLObjectType, fields: dict[str, Wanted]) -> Plan:
        plan = self._plans.get(id(fields))
        if plan is None:
            plan = self._plans[id(fields)] = self._make(parent_type, fields)
        return plan

    def _make(self, parent_type: GraphQLObjectType, fields: dict[str, Wanted]) -> Plan:
        readers = {name: self._reader(parent_type, wanted) for name, wanted in fields.items()}
        plain = [(name, *reader) for name, reader in readers.items() if reader is not None]
        others = {name: wanted for name, wanted in fields.items() if readers[name] is None}
        return Plan(fields, _object(parent_type, plain) if plain else None, others)

    def _reader(self, parent_type: GraphQLObjectType, wanted: Wanted) -> tuple[Read, Read] | None:
        reader = reader_of(parent_type, wanted[0].node.name.value)
        if reader is None or (self.middleware_manager and self.middleware_manager.middlewares):
            return None
        answer = reader.answer or _answer(reader.type, partial(self._within, wanted))
        return None if answer is None else (reader.get, answer)

    def _within(self, wanted: Wanted, type_: GraphQLObjectType) -> Read | None:
        """Return how objects within another are answered, if all that is wanted of them is plain."""
        fields, deferred, _ = self.collect_subfields(type_, wanted)
        plan = self._plan(type_, fields)
        return None if plan.others or deferred or _is_judged(type_) else plan.plain


def _is_judged(type_: GraphQLObjectType) -> bool:
    """Tell whether a type judges its objects by more than their class, which a plan does look at."""
    return type_.is_type_of is not None and type_.extensions[DEFINITION].is_type_of is not None


def _answer_plainly(plan: Plan, source: Any) -> tuple[dict[str, Any], dict[str, Wanted]]:
    """Return the answer as far as it is plain, and what is left of the fields."""
    if plan.plain is None:
        return {}, plan.fields
    try:
        return plan.plain(source), plan.others
    except Exception:  # noqa: BLE001 graphql-core meets the same, and says what it is
        return {}, plan.fields


async def _later(plan: Plan, answered: dict[str, Any], others: Any) -> dict[str, Any]:
    return _in_order(plan, answered, await others)


def _in_order(plan: Plan, answered: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    found = answered | others
    return {name: found[name] for name in plan.fields if name in found}


@lru_cache(maxsize=MOST_FIELDS)
def reader_of(parent_type: GraphQLObjectType, name: str) -> Reader | None:
    """Return how a field is read; None where it is not plain."""
    if DEFINITION not in parent_type.extensions:
        return None
    if name == "__typename":
        return Reader(_same, lambda _: parent_type.name, GraphQLNonNull(GraphQLString))
    field = parent_type.fields.get(name)
    if field is None or field.args or not getattr(field.resolve, "_is_default", False):
        return None
    definition = field.extensions[DEFINITION]
    if definition.default_resolver is not getattr:
        return None
    return Reader(attrgetter(definition.python_name), _answer(field.type, lambda _: None), field.type)


def _answer(type_: GraphQLOutputType, of_object: OfObject) -> Read | None:
    match type_:
        case GraphQLNonNull():
            return _answer_of_one(type_.of_type, of_object)
        case _:
            answer = _answer_of_one(type_, of_object)
            return answer and (lambda value: None if value is None else answer(value))


def _answer_of_one(type_: GraphQLOutputType, of_object: OfObject) -> Read | None:
    match type_:
        case GraphQLObjectType():
            return of_object(type_)
        case GraphQLList():
            item = _answer(type_.of_type, of_object)
            return item and _list(item)
        case GraphQLEnumType():
            return _enum(type_)
        case _ if type_ in AS_IT_IS:
            return _exactly(AS_IT_IS[type_])
        case _ if is_leaf_type(type_):
            return _leaf(type_)
    return None


def _same(value: Any) -> Any:
    return value


def _object(type_: GraphQLObjectType, fields: list[tuple[str, Read, Read]]) -> Read:
    definition = type_.extensions[DEFINITION]
    classes = tuple(each.origin for each in (definition, definition.concrete_of) if each is not None)

    def answer(source: Any) -> dict[str, Any]:
        if not isinstance(source, classes):
            raise TypeError
        return {name: answer(get(source)) for name, get, answer in fields}

    return answer


def _list(item: Read) -> Read:
    def answer(values: Any) -> list[Any]:
        if type(values) is not list:  # graphql-core walks through the others, and some can be walked through only once
            raise TypeError
        return [item(value) for value in values]

    return answer


def _enum(type_: GraphQLEnumType) -> Read:
    members = type_.extensions[DEFINITION].wrapped_cls
    return {member: type_.coerce_output_value(member) for member in members}.__getitem__


def _exactly(class_: type) -> Read:
    def answer(value: Any) -> Any:
        if type(value) is not class_:
            raise TypeError
        return value

    return answer


def _leaf(type_: GraphQLLeafType) -> Read:
    coerce = type_.coerce_output_value

    def answer(value: Any) -> Any:
        if value is None or isinstance(value, Exception) or optimized_is_awaitable(value):
            raise TypeError
        answered = coerce(value)
        if answered is None or answered is Undefined:
            raise TypeError
        return answered

    return answer


class SilentExecutor(PlanningExecutor):
    """Suggests nothing to who guesses names of the schema."""

    hides_suggestions = True
