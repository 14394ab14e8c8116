"""Every read model that the projector keeps, and every policy that it asks."""

from collections.abc import Iterable
from typing import Any

from projections.errors import UnknownProjection
from projections.folding.projection import Policy, Projection
from projections.policies.absences import Absences
from projections.policies.anomalies import Anomalies
from projections.policies.gaps import Gaps
from projections.policies.queue_lines import QueueLines
from projections.policies.restock_requests import RestockRequests
from projections.read_models.alerts import Alerts
from projections.read_models.cameras import Cameras
from projections.read_models.consents import Consents
from projections.read_models.coverage import Coverage
from projections.read_models.heatmaps import HeatMaps
from projections.read_models.items import Items
from projections.read_models.labels import Labels
from projections.read_models.lines import Lines
from projections.read_models.occupancy import Occupancy
from projections.read_models.queues import QueueLengths, Queues
from projections.read_models.restocks import Restocks
from projections.read_models.sales import Sales
from projections.read_models.shelves import Shelves
from projections.read_models.stores import Stores
from projections.read_models.traffic import Traffic
from projections.read_models.visits import Visits
from projections.read_models.watches import Watches
from projections.read_models.zones import Zones

PROJECTIONS: tuple[Projection[Any], ...] = (
    Stores(),
    Cameras(),
    Watches(),
    Coverage(),
    Visits(),
    Traffic(),
    Occupancy(),
    Lines(),
    Zones(),
    HeatMaps(),
    Queues(),
    QueueLengths(),
    Alerts(),
    Shelves(),
    Items(),
    Labels(),
    Restocks(),
    Sales(),
    Consents(),
)
"""All of them are folded from each batch and written in its one transaction; a new one is added here."""

POLICIES: tuple[Policy[Any], ...] = (Gaps(), Absences(), RestockRequests(), QueueLines(), Anomalies())
"""They derive facts from facts; their memories are read models too."""

READ_MODELS: tuple[Projection[Any], ...] = (*PROJECTIONS, *POLICIES)
"""What the projector writes and `shopfloor rebuild` knows."""


def chosen(names: Iterable[str]) -> list[Projection[Any]]:
    """Return the read models of these names, each once; raises `UnknownProjection`."""
    known = {each.name: each for each in READ_MODELS}
    for name in names:
        if name not in known:
            raise UnknownProjection(name, known)
    return [known[name] for name in dict.fromkeys(names)]
