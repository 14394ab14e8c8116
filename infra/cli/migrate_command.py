"""`shopfloor migrate`: database and topics made ready for this version."""

import sys
from typing import Annotated

import typer


def migrate(
    kafka: Annotated[str | None, typer.Option("--kafka", help="host:port of Kafka; SHOPFLOOR_KAFKA if absent.")] = None,
    database: Annotated[
        str | None, typer.Option("--database", help="postgresql:// address; SHOPFLOOR_DATABASE if absent.")
    ] = None,
) -> None:
    """Bring the database to this version's schema and create the topics that are missing.

    `up` runs it by itself; a second time it changes nothing. The database's user must be allowed to create roles and
    schemas.
    """
    import migrations
    from infra import settings
    from infra.local.topics import make_topics

    where = settings.load().with_addresses(kafka, database)
    migrations.upgrade(where.database_url())
    make_topics(where.kafka_connection(), where.topic_specs)
    sys.stdout.write(f"schema {migrations.current(where.database_url())}, topics {where.topics.events} and others\n")
