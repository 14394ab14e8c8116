"""The roles that own, read, seal, watch and send the record, and the one that keeps the keys of subjects."""

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from migrations.errors import SchemaNotPermitted

PROJECTOR = "shopfloor_projector"
API = "shopfloor_api"
KEEPER = "shopfloor_keeper"
"""Owns the schema `erasure`; neither of the others is a member of it."""

AUDITOR = "shopfloor_auditor"
"""Reads the scratch tables of one as-of question, and may touch nothing else."""

SEALER = "shopfloor_sealer"
"""Reads the record and writes trees, seals and where their receivers are."""

MONITOR = "shopfloor_monitor"
"""Reads the record and writes what it finds."""

DISPATCHER = "shopfloor_dispatcher"
"""Owns the schema `webhooks` and reads the record."""

ALL = (PROJECTOR, API, KEEPER, AUDITOR, SEALER, MONITOR, DISPATCHER)

CREATE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
"""Roles belong to the whole cluster, so another database, or another process just now, may have made them."""

PREPARE = """
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY '{{{all}}}'::text[] LOOP
        IF NOT pg_has_role(current_user, role, 'SET') THEN
            EXECUTE format('GRANT %I TO %I WITH SET TRUE', role, current_user);
        END IF;
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO {projector}', current_database());
    CREATE SCHEMA IF NOT EXISTS record AUTHORIZATION {projector};
    CREATE SCHEMA IF NOT EXISTS erasure AUTHORIZATION {keeper};
    CREATE SCHEMA IF NOT EXISTS webhooks AUTHORIZATION {dispatcher};
    GRANT USAGE ON SCHEMA record TO {api}, {dispatcher};
END $$
"""


def prepare_roles(connection: Connection) -> None:
    """Make the roles where they are missing and let this connection's user act as them."""
    try:
        for role in ALL:
            connection.execute(text(CREATE.format(role=role)))
        names = {"projector": PROJECTOR, "api": API, "keeper": KEEPER, "dispatcher": DISPATCHER, "all": ",".join(ALL)}
        connection.execute(text(PREPARE.format(**names)))
    except ProgrammingError as problem:
        if isinstance(problem.orig, InsufficientPrivilege):
            raise SchemaNotPermitted(str(connection.engine.url.username), str(problem.orig)) from problem
        raise
