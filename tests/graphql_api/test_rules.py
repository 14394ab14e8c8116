import pytest
import strawberry
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, is_introspection_type, parse

from graphql_api.errors import Forbidden
from graphql_api.rules import check, needs_of, rule_of
from graphql_api.schema import make_schema
from graphql_api.tokens import ADMINISTRATOR, Claims, Permission

BOUNDED_BY_CODE = {
    "PublishLayoutPayload.userErrors",  # at most 100
    "CorrectEventPayload.userErrors",  # one
    "Store.staleSubjects",  # at most 100
    "TrafficPeriod",
    "Traffic.periods",  # at most 1,500 periods, refused beyond
    "Store.occupancy",
    "Store.lineCrossings",
    "Query.freshness",  # one for each partition
}
"""Lists without a page size, each with a limit of its own that a test of its subject holds it to."""


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return make_schema()._schema


def objects(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    return [
        each
        for each in schema.type_map.values()
        if isinstance(each, GraphQLObjectType) and not is_introspection_type(each)
    ]


def without_rule(schema: GraphQLSchema) -> list[str]:
    return [f"{each}.{field}" for each in objects(schema) for field in each.fields if rule_of(each, field) is None]


def test_every_field_has_a_permission_rule(schema: GraphQLSchema) -> None:
    assert without_rule(schema) == []


def test_a_field_without_a_rule_is_found() -> None:
    @strawberry.type
    class Query:
        forgotten: int

    assert without_rule(strawberry.Schema(Query)._schema) == ["Query.forgotten"]


def test_a_field_without_a_rule_is_refused_even_to_the_administrator() -> None:
    @strawberry.type
    class Query:
        forgotten: int

    with pytest.raises(Forbidden, match=r"Query\.forgotten"):
        check(needs_of(strawberry.Schema(Query)._schema, parse("{ forgotten }")), None, ADMINISTRATOR)


def test_a_permission_is_needed_wherever_the_field_hides(schema: GraphQLSchema) -> None:
    reader = Claims(name="r", organisations=frozenset({"acme"}), permissions=frozenset({Permission.READ}))
    document = parse(
        """mutation Change { ...Hidden }
        query Look { freshness { lagRecords } }
        fragment Hidden on Mutation { ... { publishLayout(input: {toml: "", idempotencyKey: ""}) { store } } }"""
    )

    needs = needs_of(schema, document)

    check(needs, "Look", reader)
    with pytest.raises(Forbidden, match=r"Mutation\.publishLayout"):
        check(needs, "Change", reader)
    with pytest.raises(Forbidden):
        check(needs, "Missing", reader)


def test_every_list_is_bounded(schema: GraphQLSchema) -> None:
    unbounded = [
        f"{each}.{name}"
        for each in objects(schema)
        for name, field in each.fields.items()
        if isinstance(getattr(field.type, "of_type", field.type), GraphQLList) or isinstance(field.type, GraphQLList)
        if not each.name.endswith("Connection") and f"{each}.{name}" not in BOUNDED_BY_CODE
    ]
    pages = [
        (f"{each}.{name}", field)
        for each in objects(schema)
        for name, field in each.fields.items()
        if isinstance(field.type, GraphQLNonNull) and str(field.type.of_type).endswith("Connection")
    ]

    assert unbounded == []
    assert pages
    assert all(field.args["first"].default_value == 50 for _, field in pages)


def test_every_field_argument_and_type_says_what_it_is(schema: GraphQLSchema) -> None:
    silent = [
        f"{each}.{name}" for each in objects(schema) for name, field in each.fields.items() if not field.description
    ]
    silent += [each.name for each in objects(schema) if not each.description]

    assert silent == []
