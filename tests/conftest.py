"""What tests of every package share: one real Kafka and one real PostgreSQL for each run, and the real videos.

What a test costs beside its own work, measured, in processor time: a `database` or `projected_database` of its own
30 ms, `topics` of its own 60 ms, a connection 10 ms, a process of ours 1 s and more, services of its own 5 s. So:

- A rule is tested without any of them. What is only read is made once for its module or package, as
  `three_months_template` in tests/event_store/archive and `two_days_taken` in tests/infra/cli.
- A database to write to is `database`, with read models `projected_database`; where many small histories go through one
  projector, `emptied` in tests/projections is sooner emptied than another is made.
- A command is run in this process (`CommandLine`), as a process only where its end, its signals or its death matter.
- Services are started by a test that kills them, and by no other. A film that a process watches stands still until the
  test lets it go on (`WholeLine.worker`), and is not played in real time.
"""

import asyncio
import gc
import logging
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg import sql

import migrations
from event_store.topics import Topics
from infra.local.services import Services
from tests import leaks
from tests.builders.authorities import Authority
from tests.builders.own_services import own_database, own_topics, services_folder
from tests.builders.projected import Shop
from tests.builders.secured_kafka import SecuredBroker

TEMPLATE = "shopfloor_template"
SHARED = Path(__file__).parents[2] / "shared" / "data"


def pytest_configure() -> None:
    leaks.watch_loops()
    # a busy machine is no failure; all else stays as it was, also what Hypothesis chooses for itself in CI
    settings.register_profile("any-speed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("any-speed")


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    """Tell what a module's tests leave open at the end of that module."""
    with leaks.none_left():
        yield


@pytest.fixture(autouse=True)
def _no_log_is_written_to_the_screen_of_an_earlier_test() -> Iterator[None]:
    """Take back the handler that a command run in this process has set, whose screen ends with the test."""
    yield
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if type(each) is not logging.StreamHandler]


@pytest.fixture
def no_garbage_is_collected() -> Iterator[None]:
    """Let nothing be closed by luck."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """Kafka and PostgreSQL of this test run, without topics and schema; do not kill these, start your own."""
    with services_folder() as folder, Services(folder, topics=(), durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def kafka(services: Services) -> str:
    """Bootstrap address of the test run's Kafka; tests keep apart by their topics."""
    return services.kafka


@pytest.fixture
def topics(kafka: str) -> Topics:
    """Topics of this test alone, made in the test run's Kafka as they are in production."""
    return own_topics(kafka)


@pytest.fixture(scope="session")
def postgres(services: Services) -> str:
    """Superuser's address of the test run's PostgreSQL, in a database that holds nothing."""
    with psycopg.connect(services.database, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET autovacuum = off")  # databases here live for a second
        connection.execute("ALTER SYSTEM SET max_wal_size = '256MB'")  # it may lie in memory
        connection.execute("SELECT pg_reload_conf()")
    return services.database


@pytest.fixture(scope="session")
def migrated_template(postgres: str) -> str:
    """Name of a migrated database, to copy."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    migrations.upgrade(_address(postgres, TEMPLATE))
    return TEMPLATE


@pytest.fixture
def database(postgres: str, migrated_template: str) -> Iterator[str]:
    """Superuser's address of a new, migrated, empty database of this test alone."""
    with own_database(postgres, migrated_template) as address:
        yield address


@pytest.fixture(scope="session")
def projected_template(postgres: str, migrated_template: str) -> Iterator[str]:
    """Name of a migrated database with every read model, to copy."""
    with own_database(postgres, migrated_template) as address:
        asyncio.run(Shop(address).open())
        yield address.rpartition("/")[2]


@pytest.fixture
def projected_database(postgres: str, projected_template: str) -> Iterator[str]:
    """Superuser's address of a new database of this test alone, with every read model, empty."""
    with own_database(postgres, projected_template) as address:
        yield address


@pytest.fixture
def shop(projected_database: str) -> Shop:
    """Tells the test's database what happened, as the projector does."""
    return Shop(projected_database)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that signed for the services that speak TLS."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def secured_broker(authority: Authority) -> Iterator[SecuredBroker]:
    """A Kafka of its own that speaks TLS and knows its users."""
    with services_folder() as folder:
        broker = SecuredBroker(folder, authority)
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real videos, models and their truth beside the checkout; skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no real videos and models at {SHARED}")
    return SHARED


def _address(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"
