"""The roles that own and read the record, and the one that keeps the keys of subjects."""

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

CREATE = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
"""Roles belong to the whole cluster, so another database, or another process just now, may have made them."""

PREPARE = """
DO $$ BEGIN
    IF NOT (pg_has_role(current_user, '{projector}', 'SET') AND pg_has_role(current_user, '{api}', 'SET')
            AND pg_has_role(current_user, '{keeper}', 'SET') AND pg_has_role(current_user, '{auditor}', 'SET')) THEN
        EXECUTE format('GRANT {projector}, {api}, {keeper}, {auditor} TO %I WITH SET TRUE', current_user);
    END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO {projector}', current_database());
    CREATE SCHEMA IF NOT EXISTS record AUTHORIZATION {projector};
    CREATE SCHEMA IF NOT EXISTS erasure AUTHORIZATION {keeper};
    GRANT USAGE ON SCHEMA record TO {api};
END $$
"""


def prepare_roles(connection: Connection) -> None:
    """Make the roles where they are missing and let this connection's user act as them."""
    try:
        for role in (PROJECTOR, API, KEEPER, AUDITOR):
            connection.execute(text(CREATE.format(role=role)))
        connection.execute(text(PREPARE.format(projector=PROJECTOR, api=API, keeper=KEEPER, auditor=AUDITOR)))
    except ProgrammingError as problem:
        if isinstance(problem.orig, InsufficientPrivilege):
            raise SchemaNotPermitted(str(connection.engine.url.username), str(problem.orig)) from problem
        raise
