"""What can go wrong with the schema.

ShopfloorError
├── ServerTooOld          PostgreSQL is older than what the schema needs
├── SchemaNotPermitted    the database user may not prepare the database
└── SchemaMismatch        the database's schema is not this program's
    ├── SchemaMissing
    ├── SchemaOutdated
    └── SchemaTooNew
"""

from event_store.errors import ShopfloorError


class ServerTooOld(ShopfloorError):
    """PostgreSQL is older than what the schema needs."""

    def __init__(self, found: int, needed: int) -> None:
        super().__init__(f"PostgreSQL {found} is too old; use PostgreSQL {needed} or newer")


class SchemaNotPermitted(ShopfloorError):
    """The database user may not prepare the database."""

    def __init__(self, user: str, why: str) -> None:
        super().__init__(
            f"the database user {user!r} may not prepare the database: {why}; let an owner with CREATEROLE run "
            "`shopfloor migrate`"
        )


class SchemaMismatch(ShopfloorError):
    """The database's schema is not the one that this program works with."""


class SchemaMissing(SchemaMismatch):
    """The database has never been prepared."""

    def __init__(self) -> None:
        super().__init__("the database has no Shopfloor schema; run `shopfloor migrate`")


class SchemaOutdated(SchemaMismatch):
    """The database was prepared by an older version."""

    def __init__(self, found: str, needed: str) -> None:
        super().__init__(f"the database's schema is {found}, this version needs {needed}; run `shopfloor migrate`")


class SchemaTooNew(SchemaMismatch):
    """The database was prepared by a newer version."""

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the database's schema {found} is from a newer version, this one knows up to {known}; upgrade Shopfloor"
        )
