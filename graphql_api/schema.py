"""The schema: what all subjects bring to it, and what surrounds each operation."""

import sys
from collections.abc import Callable

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from graphql_api.alerts import AlertsMutation
from graphql_api.corrections import CorrectionsMutation
from graphql_api.events import Subscription
from graphql_api.facts import TYPES
from graphql_api.freshness import FreshnessQuery
from graphql_api.layouts import LayoutsMutation
from graphql_api.node_query import NodeQuery
from graphql_api.plans import PlanningExecutor, SilentExecutor
from graphql_api.scalars import SCALARS
from graphql_api.store_reports import ReportsQuery
from graphql_api.stores import StoresQuery
from graphql_api.viewer import ViewerQuery
from graphql_api.webhook_changes import WebhooksMutation
from graphql_api.webhooks import WebhooksQuery


@strawberry.type(description="What a client may ask.")
class Query(StoresQuery, NodeQuery, ViewerQuery, ReportsQuery, FreshnessQuery, WebhooksQuery):
    """What a client may ask."""


@strawberry.type(description="Changes that a client may ask for.")
class Mutation(LayoutsMutation, CorrectionsMutation, WebhooksMutation, AlertsMutation):
    """Changes that a client may ask for."""


class ShopfloorSchema(strawberry.Schema):
    """The schema; errors are written to the log once, where they are masked."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Write nothing: one line for each failed request is written elsewhere."""


def make_schema(*extensions: Callable[[], SchemaExtension], suggestions: bool = True) -> ShopfloorSchema:
    """Build the schema."""
    return ShopfloorSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[*TYPES.values()],
        config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=not suggestions),
        extensions=extensions,
        execution_context_class=PlanningExecutor if suggestions else SilentExecutor,
    )


def schema_text() -> str:
    """Return the schema in GraphQL's schema language."""
    return make_schema().as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
