import pytest
from graphql import GraphQLError, build_schema, parse, specified_rules, validate

from graphql_api.documents import Documents
from graphql_api.limits import MOST_TOKENS, Limits, limit_rule, validation_rules
from graphql_api.metrics import Metrics

SCHEMA = build_schema("type Query { a: Query b: Int } type Mutation { m: Int }")
SMALL = Limits(depth=3, fields=20, aliases=2, root_fields=4, mutations=1)


def refusals(query: str, limits: Limits = SMALL) -> list[str]:
    return [error.message for error in validate(SCHEMA, parse(query), [limit_rule(limits), *specified_rules])]


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("{ a { a { a { b } } } }", "4 levels, at most 3 are allowed"),
        ("{ x: b y: b z: b }", "3 aliases, at most 2 are allowed"),
        ("{ b a { b } ...F } fragment F on Query { b b b }", "5 root fields, at most 4 are allowed"),
        ("mutation { m m }", "2 mutations, at most 1 are allowed"),
        ("{ a { b b b b b b b b b b b b b b b b b b b b b } }", "22 fields, at most 20 are allowed"),
    ],
)
def test_what_is_too_large_is_refused_with_its_limit(query: str, refusal: str) -> None:
    assert refusals(query) == [refusal]


def test_what_is_as_large_as_allowed_passes() -> None:
    assert refusals("{ x: b y: b a { a { b } } }") == []


def test_fragments_of_fragments_are_measured_as_if_written_out() -> None:
    bomb = "{ ...F0 } " + " ".join(
        f"fragment F{n} on Query {{ a {{ ...F{n + 1} }} a {{ ...F{n + 1} }} }}" for n in range(40)
    )

    assert any("fields, at most 20" in refusal for refusal in refusals(f"{bomb} fragment F40 on Query {{ b }}"))


def test_a_fragment_within_itself_or_missing_is_refused() -> None:
    assert any("itself" in refusal for refusal in refusals("{ ...F } fragment F on Query { a { ...F } }"))
    assert any("Unknown fragment" in refusal for refusal in refusals("{ ...Missing }"))


def test_a_document_of_too_many_words_is_not_read() -> None:
    documents = Documents(validation_rules(SMALL, introspection=True), Metrics())

    with pytest.raises(GraphQLError, match=f"more than {MOST_TOKENS} tokens"):
        documents.examine(SCHEMA, "{ " + "b " * MOST_TOKENS + "}")


def test_documents_that_come_again_are_neither_parsed_nor_validated_again() -> None:
    metrics = Metrics()
    documents = Documents(validation_rules(Limits(), introspection=False), metrics)

    for n in range(200):
        assert documents.examine(SCHEMA, "{ b }" if n % 2 else "{ a { b } }").problems == []

    hits = metrics.registry.get_sample_value("shopfloor_graphql_documents_total", {"cache": "hit"})
    assert hits is not None
    assert hits / 200 == 0.99
