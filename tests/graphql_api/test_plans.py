"""Plain fields are answered by a plan; whatever is asked, the answer is to the byte the one that graphql-core gives."""

from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import strawberry
from graphql import parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from graphql_api import freshness
from graphql_api.context import Context
from graphql_api.documents import Documents
from graphql_api.limits import Limits, validation_rules
from graphql_api.metrics import Metrics
from graphql_api.operation import Operation
from graphql_api.plans import PlanningExecutor
from graphql_api.schema import make_schema
from graphql_api.snapshots import Database
from graphql_api.tokens import Claims, Permission
from projections.read_models.visits import Visit
from tests.builders.answers import STORE, Answers
from tests.builders.documents import Question, questions
from tests.builders.records import NOON

pytestmark = pytest.mark.filterwarnings(  # graphql-core gives up the other fields of an object that has become null
    "ignore:coroutine .* was never awaited:RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

PLANNED = make_schema()
WALKED = make_schema()
WALKED.execution_context_class = StrawberryGraphQLCoreExecutionContext
PAGE = Question(
    '{ store(id: "acme/ginza-3") { name visits { nodes { __typename id enteredAt role } pageInfo { endCursor } } } }',
    {},
)
VISIT = Visit(
    visit_id="ann",
    entered_at=NOON,
    stepped_in_at=None,
    entry_door="main",
    exited_at=None,
    stepped_out_at=None,
    exit_door=None,
    reason=None,
    role="customer",
    unconfirmed_since=None,
)
ODD = (
    ("a tuple", lambda: ("x",)),
    ("a generator", lambda: (each for each in "x")),
    ("a generator with a null", lambda: (each for each in ["x", None])),
    ("text", lambda: "xy"),
    ("an error as a value", lambda: ValueError("inside")),
    ("an error in a list", lambda: ["x", ValueError("inside")]),
    ("a null in a list", lambda: ["x", None]),
    ("a number in a list", lambda: [1]),
    ("no list", lambda: 7),
)


@pytest.fixture(scope="module", autouse=True)
def a_still_clock() -> Iterator[None]:
    """Let a lag be the same in both answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshness, "datetime", SimpleNamespace(now=lambda _: NOON))
        yield


def walked_fields(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each field that graphql-core walks through."""
    seen: list[str] = []
    walk = StrawberryGraphQLCoreExecutionContext.execute_field

    def noted(self: Any, parent_type: Any, source: Any, wanted: Any, *rest: Any) -> Any:
        seen.append(wanted[0].node.name.value)
        return walk(self, parent_type, source, wanted, *rest)

    monkeypatch.setattr(StrawberryGraphQLCoreExecutionContext, "execute_field", noted)
    return seen


def with_and_without_plans(query: type, *extensions: type[SchemaExtension]) -> list[strawberry.Schema]:
    return [
        strawberry.Schema(query, extensions=extensions, execution_context_class=each)
        for each in (PlanningExecutor, StrawberryGraphQLCoreExecutionContext)
    ]


async def answer(schema: strawberry.Schema, question: Question, context: Any) -> bytes:
    result = await schema.execute(question.text, dict(question.variables), context)
    errors = [error.formatted for error in result.errors or ()]
    return msgspec.json.encode([result.data, errors])


@settings(max_examples=40, deadline=None)
@given(question=questions(PLANNED._schema), seed=st.integers(0, 10_000), wrong_one_in=st.sampled_from([0, 0, 40, 6]))
async def test_an_answer_is_the_one_that_graphql_core_gives(question: Question, seed: int, wrong_one_in: int) -> None:
    assert validate(PLANNED._schema, parse(question.text)) == []

    assert await answer(PLANNED, question, Answers(seed, wrong_one_in)) == await answer(
        WALKED, question, Answers(seed, wrong_one_in)
    )


async def test_of_a_page_only_what_is_resolved_is_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    walked = walked_fields(monkeypatch)

    told = await answer(PLANNED, PAGE, Answers(find_store=STORE, find_visits=[VISIT, VISIT]))

    row = b'"id":"acme/ginza-3/visit/ann","enteredAt":"2026-03-02T12:00:00.000Z","role":"CUSTOMER"}'
    assert told.count(b'{"__typename":"Visit",' + row) == 2
    assert walked == ["store", "visits"]


async def test_an_object_with_something_unusual_is_walked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    walked = walked_fields(monkeypatch)

    undated = msgspec.structs.replace(VISIT, entered_at=None)
    told = await answer(PLANNED, PAGE, Answers(find_store=STORE, find_visits=[VISIT, undated]))

    assert b"Cannot return null for non-nullable field Visit.enteredAt" in told
    assert walked == ["store", "visits", "nodes", "__typename", "id", "enteredAt"]


async def test_a_plain_field_needs_its_permission_as_any_other() -> None:
    metrics = Metrics()
    schema = make_schema(Operation.factory(Documents(validation_rules(Limits(), introspection=True), metrics)))
    services: Any = SimpleNamespace(metrics=metrics, database=Database("postgresql://nobody@127.0.0.1:1/none"))
    listener = Claims(name="l", organisations=frozenset({"acme"}), permissions=frozenset({Permission.LISTEN}))
    mutation = 'mutation { publishLayout(input: {toml: "", idempotencyKey: ""}) { __typename eventId } }'

    told = [await answer(schema, each, Context(services, listener)) for each in (PAGE, Question(mutation, {}))]

    assert [b"may not use Query.store" in told[0], b"may not use Mutation.publishLayout" in told[1]] == [True, True]
    assert all(each.startswith(b"[null,") for each in told)


@pytest.mark.parametrize(("what", "make"), ODD, ids=[what for what, _ in ODD])
async def test_odd_values_are_left_to_graphql_core(what: str, make: Callable[[], Any]) -> None:
    @strawberry.type
    class Row:
        names: list[str | None]
        sure: list[str]

    @strawberry.type
    class Query:
        @strawberry.field
        def rows(self) -> list[Row | None]:
            return [Row(names=make(), sure=["x"]), Row(names=["x"], sure=make())]

    planned, walked = with_and_without_plans(Query)
    question = Question("{ rows { names sure } }", {})

    assert await answer(planned, question, None) == await answer(walked, question, None), what


async def test_what_stands_around_every_field_stands_around_plain_ones() -> None:
    class Loud(SchemaExtension):
        def resolve(self, _next: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
            found = _next(root, info, *args, **kwargs)
            return found.upper() if isinstance(found, str) else found

    @strawberry.type
    class Row:
        name: str

    @strawberry.type
    class Query:
        @strawberry.field
        def row(self) -> Row:
            return Row(name="ann")

    (planned, _) = with_and_without_plans(Query, Loud)

    assert await answer(planned, Question("{ row { name } }", {}), None) == b'[{"row":{"name":"ANN"}},[]]'


async def test_a_subscription_holds_no_more_after_many_facts_than_after_one() -> None:
    @strawberry.type
    class Place:
        door: str

    @strawberry.type
    class Fact:
        place: Place

    @strawberry.type
    class Query:
        fact: Fact

    @strawberry.type
    class Subscription:
        @strawberry.subscription
        async def facts(self) -> AsyncIterator[Fact]:
            for _ in range(20):
                yield Fact(place=Place(door="main"))

    made: list[PlanningExecutor] = []

    class Noted(PlanningExecutor):
        def execute_operation(self, *args: Any) -> Any:
            made.append(self)
            return super().execute_operation(*args)

    schema = strawberry.Schema(Query, subscription=Subscription, execution_context_class=Noted)
    told = [each async for each in await schema.subscribe("subscription { facts { place { door } } }")]

    assert len(told) == 20
    assert len(made[-1]._plans) == len(made[0]._plans) == 3
    assert len(made[-1]._relevant_sub_fields) == len(made[0]._relevant_sub_fields)
