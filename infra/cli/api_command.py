"""`shopfloor api`: answers over GraphQL, until it is told to stop."""

from typing import Annotated

import typer

from infra.cli.options import Database, Kafka, Origins, Patience


def api(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 is any free one.")] = 8000,
    database: Database = None,
    kafka: Kafka = None,
    patience: Patience = 30.0,
    origin: Origins = None,
    introspection: Annotated[
        bool, typer.Option("--introspection/--no-introspection", help="Let clients ask for the schema.")
    ] = True,
    websocket_minutes: Annotated[
        float,
        typer.Option("--websocket-minutes", min=1, help="How long a websocket lasts before its client begins anew."),
    ] = 60.0,
    open_metrics: Annotated[bool, typer.Option("--open-metrics", help="Serve /metrics without the token.")] = False,
) -> None:
    """Answer questions over GraphQL; SIGTERM stops it cleanly.

    The first start makes the administrator's token, in the file `token` of the data folder. Questions to ask:
    docs/graphql.md.
    """
    import asyncio

    import migrations
    from event_store.erasure.masters import Masters
    from event_store.errors import DatabaseUnreachable
    from graphql_api.app import Setup, make_app, token_path
    from graphql_api.context import WebhookKeys
    from graphql_api.issued_tokens import IssuedTokens
    from graphql_api.origins import read_origins
    from graphql_api.server import address_of, listen, serve
    from graphql_api.tokens import ADMINISTRATOR, Tokens, local_token
    from graphql_api.transport import Lifetime
    from infra import settings
    from infra.cli.patience import patiently
    from infra.cli.running import end_at_once, run_until_signal
    from infra.metrics import describe_process
    from infra.supervision.restarts import read_restarts, troubles_of

    where = settings.load().with_addresses(kafka, database)
    url = where.database_url()
    tokens_file = token_path(where.data)
    token = local_token(tokens_file)
    issued = IssuedTokens(where.data)
    issued.find_claims()
    origins = read_origins(origin or ())
    with listen(host, port) as listener:
        patiently(lambda: migrations.check(url), patience, DatabaseUnreachable)
        app = make_app(
            Setup(
                database=url,
                kafka=where.kafka_connection() if where.kafka else None,
                topic=where.topics.events,
                tokens=Tokens({token: ADMINISTRATOR}, owner=token, issued=issued),
                data=where.data,
                check_schema=lambda: migrations.check(url),
                troubles=lambda: troubles_of(read_restarts(where.data)),
                introspection=introspection,
                open_metrics=open_metrics,
                allowed_origins=origins,
                websockets=Lifetime(most=60 * websocket_minutes),
                webhooks=WebhookKeys(Masters(where.webhook_keys_folder), where.webhook_reach),
            )
        )
        describe_process(app.state.services.metrics.registry, where)
        typer.echo(f"GraphQL at {address_of(listener)}/graphql, token in {tokens_file}")
        typer.echo(f"Page {address_of(listener)}/")
        asyncio.run(run_until_signal(lambda stop: serve(app, listener, stop, app.state.services.sockets.close)))
    end_at_once()
