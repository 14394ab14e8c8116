import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

import migrations.schema
from event_store.errors import DatabaseUnreachable
from migrations.errors import SchemaMissing, SchemaNotPermitted, SchemaOutdated, SchemaTooNew

HEAD = migrations.schema.newest()


@pytest.fixture
def empty(postgres: str) -> Iterator[str]:
    """Address of a database in which nothing was ever done."""
    name = f"empty_{secrets.token_hex(6)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{postgres.rpartition('/')[0]}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def write_revision(database: str, revision: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE record.alembic_version SET version_num = %s", (revision,))


def test_an_empty_database_says_what_to_do(empty: str) -> None:
    assert migrations.current(empty) is None
    with pytest.raises(SchemaMissing, match="run `shopfloor migrate`"):
        migrations.check(empty)


def test_upgrading_twice_changes_nothing(empty: str) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)

    migrations.check(empty)
    assert migrations.current(empty) == HEAD


def test_several_processes_may_upgrade_at_once(empty: str) -> None:
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(migrations.upgrade, [empty] * 4))

    migrations.check(empty)


def test_databases_of_one_cluster_share_the_roles(empty: str, database: str) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(database)

    with psycopg.connect(empty, options="-c role=shopfloor_projector") as connection:
        connection.execute("CREATE SCHEMA a_read_model")


def test_a_schema_from_a_newer_version_is_refused_and_left_alone(database: str) -> None:
    write_revision(database, "9999")

    with pytest.raises(SchemaTooNew, match=f"9999 is from a newer version, this one knows up to {HEAD}"):
        migrations.check(database)
    with pytest.raises(SchemaTooNew):
        migrations.upgrade(database)
    assert migrations.current(database) == "9999"


def test_a_schema_of_an_older_version_says_what_to_do(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrations.schema._head", lambda _: "9000")

    with pytest.raises(SchemaOutdated, match=f"is {HEAD}, this version needs 9000; run `shopfloor migrate`"):
        migrations.check(database)


def test_a_user_who_may_not_prepare_the_database_is_told_so(empty: str, postgres: str) -> None:
    user = f"guest_{secrets.token_hex(4)}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD 'guest'")
        try:
            with pytest.raises(SchemaNotPermitted, match=user):
                migrations.upgrade(empty.replace("postgres:", f"{user}:", 1).replace(_password(postgres), "guest"))
        finally:
            connection.execute(f"DROP ROLE {user}")


def test_a_database_that_does_not_answer_is_an_error_in_one_line() -> None:
    with pytest.raises(DatabaseUnreachable) as problem:
        migrations.check("postgresql://nobody:secret@127.0.0.1:1/none")

    assert "\n" not in str(problem.value)
    assert "secret" not in str(problem.value)


def _password(url: str) -> str:
    return url.partition("@")[0].rpartition(":")[2]
