"""`shopfloor migrate`: database and topics made ready for this version."""

import sys

from infra.cli.options import Database, Kafka


def migrate(
    kafka: Kafka = None,
    database: Database = None,
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
