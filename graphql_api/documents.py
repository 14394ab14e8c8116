"""What clients send, read and examined once: they send the same few documents again and again."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec
from graphql import ASTValidationRule, DocumentNode, GraphQLError, GraphQLSchema, ValueNode, parse
from strawberry.schema.schema import validate_document

from graphql_api.bounds import bound_nodes
from graphql_api.limits import MOST_TOKENS
from graphql_api.metrics import Metrics
from graphql_api.rules import Needs, needs_of

MOST_DOCUMENTS = 1_000


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """A document and everything about it that is the same for each client and each set of variables."""

    document: DocumentNode
    problems: list[GraphQLError]
    """What is wrong with it; what follows is empty unless this is."""
    needs: dict[str, Needs]
    """What each of its operations needs, by name; the one without a name by the empty name."""
    bounds: Sequence[ValueNode]
    """The values of its `atLeast` arguments."""


class Documents:
    """One server's documents. The schema and the rules are the same for its whole life."""

    def __init__(self, rules: tuple[type[ASTValidationRule], ...], metrics: Metrics) -> None:
        self._rules = rules
        self._metrics = metrics
        self._examine = lru_cache(maxsize=MOST_DOCUMENTS)(self._look)

    def examine(self, schema: GraphQLSchema, text: str) -> Examined:
        """Return the document of a text; raises GraphQL's syntax error."""
        before = self._examine.cache_info().hits
        examined = self._examine(schema, text)
        self._metrics.document(hit=self._examine.cache_info().hits > before)
        return examined

    def _look(self, schema: GraphQLSchema, text: str) -> Examined:
        document = parse(text, max_tokens=MOST_TOKENS)
        if problems := validate_document(schema, document, self._rules):
            return Examined(document=document, problems=problems, needs={}, bounds=())
        return Examined(document=document, problems=[], needs=needs_of(schema, document), bounds=bound_nodes(document))
