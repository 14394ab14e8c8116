"""Figures of a store: what happened in a stretch of time, subject by subject."""

from typing import Annotated

import strawberry

from graphql_api.arguments import Within
from graphql_api.cameras import CamerasOfFigures
from graphql_api.fields import field
from graphql_api.heatmaps import HeatMapsOfFigures
from graphql_api.lines import LinesOfFigures
from graphql_api.occupancy import OccupancyOfFigures
from graphql_api.queues import QueuesOfFigures
from graphql_api.ranges import stretch_of
from graphql_api.rules import needs
from graphql_api.sales import SalesOfFigures
from graphql_api.store_scope import StoreScope
from graphql_api.tokens import Permission
from graphql_api.traffic import TrafficOfFigures
from graphql_api.zones import ZonesOfFigures


@strawberry.type(
    description="What happened in a store in a stretch of time. It has no id: it is a value of its range.",
    directives=needs(Permission.READ),
)
class Figures(
    TrafficOfFigures,
    OccupancyOfFigures,
    ZonesOfFigures,
    LinesOfFigures,
    CamerasOfFigures,
    HeatMapsOfFigures,
    SalesOfFigures,
    QueuesOfFigures,
):
    """What happened in a store in a stretch of time; a new subject adds its figures here."""

    @field(
        "The stretch before it that is as long, as far as this one has got: for today, yesterday until the same time."
    )
    def before(self) -> Annotated["Figures", strawberry.lazy("graphql_api.figures")]:
        """Return the figures to compare with."""
        return Figures.of(self.scope, self.stretch.before())


@strawberry.type
class FiguresOfStore(StoreScope):
    """What one may ask of what happened in a store."""

    @field("What happened in a stretch of time.")
    def figures(self, within: Within = None) -> Figures | None:
        """Return the figures of a range."""
        return Figures.of(self.scope, stretch_of(within, self.scope.zone, self.scope.now))
