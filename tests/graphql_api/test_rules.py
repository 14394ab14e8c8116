import pytest
import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
    parse,
)

from graphql_api.errors import Forbidden
from graphql_api.facts import TYPES
from graphql_api.rules import check, needs_of, rule_of
from graphql_api.schema import make_schema
from graphql_api.tokens import ADMINISTRATOR, Claims, Permission

BOUNDED_BY_CODE = {
    "PublishLayoutPayload.userErrors",  # at most 100
    "CorrectEventPayload.userErrors",  # one
    "Webhook.stores",  # at most 1,000
    "Webhook.types",  # those that there are
    "WebhookPayload.userErrors",  # one
    "WebhookProblem.field",  # one
    "Store.staleSubjects",  # at most 100
    "Store.cameras",  # at most 1,000
    "Store.shelfStates",  # at most 2,000
    "Store.labels",  # at most 2,000
    "Visit.stays",  # at most 2,000 of a page of visits
    "Figures.zones",  # those of the layout, which has a largest size, and those that a query's time finds
    "Figures.lines",
    "Figures.cameras",  # at most 1,000
    "Store.queues",  # those of the layout, which has a largest size
    "Figures.queues",
    "AcknowledgeAlertPayload.userErrors",  # one
    "AlertProblem.field",
    "HeatMap.hotspots",  # at most 10
    "HeatMap.deadAreas",
    "Sales.channels",  # four
    "Sales.totals",  # one for each currency; with all periods and channels at most 20,000
    "SalesPeriod.totals",
    "ChannelSales.totals",
    "ReplayPayload.userErrors",  # one
    "Viewer.permissions",
    "Viewer.organisations",  # as many as its token names
    "Viewer.storeIds",
    "LayoutProblem.field",
    "CorrectionProblem.field",
    "Query.nodes",  # one for each id, at most 100
    "Query.freshness",  # one for each partition
    "Report.sentences",  # at most one for each claim that there is
    "ReportSentence.facts",  # at most one for each place of the layout, which has a largest size, and period
    "ReportFact.events",  # at most 5
}
"""Lists without a page size, each with a limit of its own that a test of its subject holds it to."""

OF_A_LAYOUT = {"Layout", "Door", "Line", "Zone", "ZoneView", "Fixture", "Shelf", "Facing", "ShelfLabel", "Camera"}
"""Types whose lists are a layout's own, which has at most so many bytes as a record has room for."""

OF_A_FACT = {fact.__name__ for fact in TYPES} | {"Evidence"}
"""Types whose lists are a fact's own: a record has at most 60,000 bytes."""


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
        fragment Hidden on Mutation { ... { publishLayout(input: {toml: "", idempotencyKey: ""}) { position } } }"""
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
        if not (name == "series" or each.name in OF_A_LAYOUT | OF_A_FACT)
    ]
    pages = [
        (f"{each}.{name}", field)
        for each in objects(schema)
        for name, field in each.fields.items()
        if str(field.type).endswith("Connection")
    ]

    assert unbounded == []
    assert pages
    assert all(field.args["first"].default_value == 50 for _, field in pages)


BUILT_IN = {"Int", "Float", "String", "Boolean", "ID"}


def test_every_field_argument_enum_value_and_type_says_what_it_is(schema: GraphQLSchema) -> None:
    silent = [
        f"{each}.{name}" for each in objects(schema) for name, field in each.fields.items() if not field.description
    ]
    types = [each for each in schema.type_map.values() if not is_introspection_type(each)]
    silent += [each.name for each in types if not each.description and each.name not in BUILT_IN]
    silent += [
        f"{each}.{name}({argument})"
        for each in objects(schema)
        for name, field in each.fields.items()
        for argument, given in field.args.items()
        if not given.description
    ]
    silent += [
        f"{each}.{name}"
        for each in types
        if isinstance(each, GraphQLEnumType | GraphQLInputObjectType | GraphQLInterfaceType)
        for name, part in (each.values if isinstance(each, GraphQLEnumType) else each.fields).items()
        if not part.description
    ]

    assert silent == []


def test_nothing_with_an_id_holds_what_a_range_further_up_decides(schema: GraphQLSchema) -> None:
    """Figures have no id; what has one and is reached from them is the same whatever the range is."""
    figures = {each.name for each in objects(schema) if {"quality", "coverage"} & set(each.fields)} | {"Figures"}

    assert {"Figures", "Traffic", "Occupancy", "ZoneFigures", "LineFigures", "CameraFigures"} <= figures
    assert [each.name for each in objects(schema) if "id" in each.fields and each.name in figures] == []
    for each in objects(schema):
        for name, field in each.fields.items():
            if get_named_type(field.type).name in figures and each.name not in figures:
                assert (each.name, name, list(field.args)) == ("Store", "figures", ["range"])
