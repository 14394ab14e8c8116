"""Parsed and validated documents, remembered: clients send the same few again and again."""

from functools import lru_cache

from graphql import ASTValidationRule, DocumentNode, GraphQLError, GraphQLSchema, parse
from strawberry.schema.schema import validate_document

from graphql_api.limits import MOST_TOKENS
from graphql_api.metrics import Metrics

MOST_DOCUMENTS = 1_000


class Documents:
    """One server's documents. The rules are one tuple for its whole life, because it is part of the cache's key."""

    def __init__(self, rules: tuple[type[ASTValidationRule], ...], metrics: Metrics) -> None:
        self._rules = rules
        self._metrics = metrics
        self._parse = lru_cache(maxsize=MOST_DOCUMENTS)(parse)
        self._validate = lru_cache(maxsize=MOST_DOCUMENTS)(validate_document)

    def parsed(self, text: str) -> DocumentNode:
        """Return the document of a text; raises GraphQL's syntax error."""
        before = self._parse.cache_info().hits
        document: DocumentNode = self._parse(text, max_tokens=MOST_TOKENS)
        self._metrics.document("parse", hit=self._parse.cache_info().hits > before)
        return document

    def problems(self, schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
        """Return what is wrong with a document."""
        before = self._validate.cache_info().hits
        problems: list[GraphQLError] = self._validate(schema, document, self._rules)
        self._metrics.document("validate", hit=self._validate.cache_info().hits > before)
        return problems
