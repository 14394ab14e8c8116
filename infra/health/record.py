"""Checks of Kafka and PostgreSQL: do they answer, are they prepared, do the read models keep up."""

import asyncio

import psycopg

import migrations
from event_store.errors import ShopfloorError, UnfitTopic, database_cure
from infra.health.finding import Finding, broken, doubtful, unseen, well
from infra.health.lag import find_lag, find_partitions, find_unfit
from infra.settings import Settings, without_password
from migrations.errors import ServerTooOld

MUCH_LAG = 10_000
LETTERS = """
SELECT count(*) FILTER (WHERE reason <> 'parked'), count(*) FILTER (WHERE reason = 'parked')
FROM record.dead_letters WHERE resolved IS NULL
"""
START = "run `shopfloor up`, or set SHOPFLOOR_KAFKA and SHOPFLOOR_DATABASE to a cluster of yours"


def check_kafka(settings: Settings) -> Finding:
    """Look at whether Kafka answers and has the topics as they must be."""
    if settings.kafka is None:
        return doubtful("Kafka", "not running", START)
    wanted = {spec.name: spec.partitions for spec in settings.topics.specs()}
    try:
        connection = settings.kafka_connection()
        described = asyncio.run(find_partitions(connection, *wanted))
        if all(described.values()):
            asyncio.run(find_unfit(connection, settings.topic_specs))
    except UnfitTopic as problem:
        return broken("Kafka", str(problem), "run `shopfloor migrate`")
    except ShopfloorError as problem:
        return broken("Kafka", str(problem), "start it, or correct SHOPFLOOR_KAFKA and its TLS and SASL settings")
    found = {name: len(partitions) for name, partitions in described.items()}
    missing = [name for name, count in found.items() if count == 0]
    if missing:
        return broken("Kafka", f"{settings.kafka} has no topic {missing[0]}", "run `shopfloor migrate`")
    wrong = [name for name, count in found.items() if count != wanted[name]]
    if wrong:
        detail = f"topic {wrong[0]} has {found[wrong[0]]} partitions and not {wanted[wrong[0]]}"
        return doubtful("Kafka", detail, "stores would move between partitions if more are added: leave it as it is")
    return well("Kafka", f"{settings.kafka} answers and has its topics")


def check_postgresql(settings: Settings) -> Finding:
    """Look at whether PostgreSQL answers and has this version's schema."""
    if settings.database is None:
        return doubtful("PostgreSQL", "not running", START)
    try:
        url = settings.database_url()
        with psycopg.connect(url, connect_timeout=5) as session:
            version = session.info.server_version
        migrations.check(url)
    except psycopg.Error as problem:
        detail = " ".join(str(problem).split())
        return broken("PostgreSQL", detail, database_cure(detail))
    except ServerTooOld as problem:
        return broken("PostgreSQL", str(problem), "let its owner move the database to a newer server")
    except ShopfloorError as problem:
        return broken("PostgreSQL", str(problem), "run `shopfloor migrate`")
    where = without_password(url)
    return well("PostgreSQL", f"{version // 10_000} at {where}, schema {migrations.current(url)}")


def check_lag(settings: Settings) -> Finding:
    """Look at how far the read models are behind, and whether a partition is refused."""
    if settings.kafka is None or settings.database is None:
        return doubtful("consumer lag", "not known", START)
    try:
        lag = asyncio.run(find_lag(settings.kafka_connection(), settings.topics.events, settings.database_url()))
    except (psycopg.Error, ShopfloorError) as problem:
        return unseen("consumer lag", problem, "mend Kafka and PostgreSQL first")
    for partition, why in lag.stopped.items():
        return broken("consumer lag", f"partition {partition} is stopped: {why}", "see docs/operations.md, stopped")
    detail = f"{lag.records} of {lag.written} records are not in the read models yet"
    if lag.records > MUCH_LAG:
        return doubtful("consumer lag", detail, "see whether a projector runs; add one for each few partitions")
    return well("consumer lag", detail)


def check_dead_letters(settings: Settings) -> Finding:
    """Look at whether records could not be applied."""
    if settings.database is None:
        return doubtful("dead letters", "not known", START)
    try:
        with psycopg.connect(settings.database_url(), connect_timeout=5) as session:
            dead, parked = session.execute(LETTERS).fetchone() or (0, 0)
    except (psycopg.Error, ShopfloorError) as problem:
        return unseen("dead letters", problem, "mend PostgreSQL first")
    if dead:
        cure = "look at them with `shopfloor dead-letters list`, then retry or skip each"
        return doubtful("dead letters", f"{dead} that nobody decided about, {parked} parked behind them", cure)
    return well("dead letters", "none")
