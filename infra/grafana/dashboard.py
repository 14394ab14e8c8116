"""Makes Grafana's JSON from the table of panels, by Grafana's own library."""

import itertools

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from infra.grafana.panels import ROWS, Panel

SOURCE = DataSourceRef(type_val="prometheus", uid="shopfloor-prometheus")
"""As provisioning/datasources/prometheus.yaml names it."""
WIDTH = 24
NUMBER, CHART = (3, 4), (6, 7)
"""Width and height, of a screen that is 24 wide."""


def dashboard_text() -> str:
    """Return the dashboard as the file has it."""
    made = (
        dashboard.Dashboard("Shopfloor")
        .uid("shopfloor")
        .tags(["shopfloor"])
        .description("Made from infra/grafana/panels.py by `make schemas`; edit that.")
        .time("now-1h", "now")
        .refresh("30s")
        .readonly()
    )
    numbers = itertools.count(1)
    for row in ROWS:
        made = made.with_row(dashboard.Row(row.title).id(next(numbers)))
        for panel in row.panels:
            made = made.with_panel(_panel(panel).id(next(numbers)))
    return f"{JSONEncoder(sort_keys=True, indent=1).encode(made.build())}\n"


def _panel(panel: Panel) -> stat.Panel | timeseries.Panel:
    width, height = NUMBER if panel.single else CHART
    made: stat.Panel | timeseries.Panel = stat.Panel() if panel.single else timeseries.Panel()
    made.title(panel.title).unit(panel.unit).datasource(SOURCE).span(width).height(height)
    for place, query in enumerate(panel.queries):
        asked = prometheus.Dataquery().expr(query.expression).ref_id(chr(ord("A") + place)).datasource(SOURCE)
        made.with_target(asked.legend_format(query.legend) if query.legend else asked)
    return made
