"""Tables in memory with transactions as PostgreSQL's at READ COMMITTED, as far as one projector's core needs them."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg

Key = Any
Row = Any


class UniqueViolation(psycopg.errors.UniqueViolation):
    """A key that is there already; says of which table, as the server would."""

    def __init__(self, table: str) -> None:
        super().__init__(f'duplicate key value violates unique constraint "{table}_pkey"')
        self._table = table

    @property
    def diag(self) -> Any:
        return _Diagnostic(self._table)


class _Diagnostic:
    def __init__(self, table_name: str) -> None:
        self.table_name = table_name


class Tables:
    """What is committed, and who holds which row."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Key, Row]] = {}
        self.holders: dict[Key, Transaction] = {}
        self.watch: Callable[[Transaction], None] = lambda _: None
        """Called before each commit."""
        self.without_key: set[str] = set()
        """Tables whose unique key was sabotaged."""
        self.numbers = 0

    def of(self, table: str) -> dict[Key, Row]:
        return self.rows.setdefault(table, {})


class Transaction:
    """Changes that nobody else sees before the commit; a held row keeps others waiting until the end."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.changes: dict[str, dict[Key, Row]] = {}
        self.inserted: list[tuple[str, Key]] = []

    def get(self, table: str, key: Key) -> Row:
        changed = self.changes.get(table, {})
        return changed[key] if key in changed else self.tables.of(table).get(key)

    def items(self, table: str) -> Iterator[tuple[Key, Row]]:
        merged = {**self.tables.of(table), **self.changes.get(table, {})}
        return ((key, row) for key, row in merged.items() if row is not None)

    def put(self, table: str, key: Key, row: Row) -> None:
        self.changes.setdefault(table, {})[key] = row

    def insert(self, table: str, key: Key, row: Row) -> None:
        if table not in self.tables.without_key:
            if self.get(table, key) is not None:
                raise UniqueViolation(table)
            self.inserted.append((table, key))
        self.put(table, key, row)

    def may_hold(self, key: Key) -> bool:
        """Hold a row until the end, unless another transaction does."""
        return self.tables.holders.setdefault(key, self) is self

    def commit(self) -> None:
        for table, key in self.inserted:
            if key in self.tables.of(table):
                self.roll_back()
                raise UniqueViolation(table)
        self.tables.watch(self)
        for table, changes in self.changes.items():
            rows = self.tables.of(table)
            for key, row in changes.items():
                if row is None:
                    rows.pop(key, None)
                else:
                    rows[key] = row
        self.roll_back()

    def roll_back(self) -> None:
        self.changes, self.inserted = {}, []
        self.tables.holders = {key: holder for key, holder in self.tables.holders.items() if holder is not self}
