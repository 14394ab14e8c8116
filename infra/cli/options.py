"""Options that several commands take, each said once."""

from typing import Annotated

import typer

Database = Annotated[
    str | None, typer.Option("--database", help="postgresql:// address; SHOPFLOOR_DATABASE if absent.")
]
Kafka = Annotated[str | None, typer.Option("--kafka", help="host:port of Kafka; SHOPFLOOR_KAFKA if absent.")]
Patience = Annotated[
    float, typer.Option("--patience", min=0, help="Seconds to wait at the start for Kafka and PostgreSQL.")
]
MetricsPort = Annotated[
    int | None, typer.Option("--metrics-port", help="Serve Prometheus metrics here; SHOPFLOOR_METRICS_PORT if absent.")
]
Origins = Annotated[
    list[str] | None,
    typer.Option(
        "--origin", help="A site whose pages may ask the API and open websockets: https://shop.example; repeatable."
    ),
]
Organisation = Annotated[
    str | None, typer.Option("--organisation", help="Whose subject it is, where several know one of that name.")
]
Who = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Who says so; your account's name.")]
JsonObject = Annotated[bool, typer.Option("--json", help="One JSON object.")]
JsonLines = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
