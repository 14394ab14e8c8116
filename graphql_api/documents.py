"""What clients send, read and examined once: they send the same few documents again and again."""

from collections import OrderedDict
from collections.abc import Sequence

import msgspec
from graphql import DocumentNode, GraphQLError, GraphQLSchema, ValueNode, parse, validate

from graphql_api.bounds import bound_nodes
from graphql_api.limits import MOST_PROBLEMS, MOST_TOKENS, Stages
from graphql_api.metrics import Metrics
from graphql_api.rules import Needs, needs_of

MOST_CHARACTERS = 200_000
"""Of all documents that are remembered; read, one takes up to 500 bytes for each of its characters."""


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

    def __init__(self, rules: Stages, metrics: Metrics, *, suggestions: bool = True) -> None:
        self._rules = rules
        self._suggestions = suggestions
        self._metrics = metrics
        self._known: OrderedDict[str, Examined] = OrderedDict()
        self._characters = 0

    def examine(self, schema: GraphQLSchema, text: str) -> Examined:
        """Return the document of a text; raises GraphQL's syntax error."""
        examined = self._known.get(text)
        self._metrics.document(hit=examined is not None)
        if examined is not None:
            self._known.move_to_end(text)
            return examined
        examined = self._look(schema, text)
        self._remember(text, examined)
        return examined

    def _remember(self, text: str, examined: Examined) -> None:
        self._known[text] = examined
        self._characters += len(text)
        while self._characters > MOST_CHARACTERS:
            forgotten, _ = self._known.popitem(last=False)
            self._characters -= len(forgotten)

    def _look(self, schema: GraphQLSchema, text: str) -> Examined:
        document = parse(text, max_tokens=MOST_TOKENS)
        if problems := self._problems(schema, document):
            return Examined(document=document, problems=problems, needs={}, bounds=())
        return Examined(document=document, problems=[], needs=needs_of(schema, document), bounds=bound_nodes(document))

    def _problems(self, schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
        for rules in (self._rules.first, self._rules.then):
            if problems := validate(schema, document, rules, MOST_PROBLEMS, hide_suggestions=not self._suggestions):
                return problems
        return []
