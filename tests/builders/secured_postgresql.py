"""PostgreSQL as an existing server is: TLS or nothing, and a user who owns one database and may make roles."""

import shutil
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from infra.local.postgresql import FAST, Database
from infra.local.unprivileged import account
from tests.builders.authorities import Authority

USER, PASSWORD, NAME = "shop", "open/se@same", "shop"
RULES = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


class SecuredDatabase(Database):
    """Needs programs with TLS built in; listens at 127.0.0.1 and is called so in its certificate."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder / "postgresql", folder / "processes", folder / "logs" / "postgresql.log", durable=False)
        folder.mkdir()
        files = [folder / name for name in ("server.pem", "server.key", "rules.conf")]
        for issued, file in zip(authority.server(), files, strict=False):
            shutil.copy(issued, file)
        files[2].write_text(RULES)
        for file in files:
            if owner := account():
                shutil.chown(file, owner)
            file.chmod(0o600)
        settings = {"ssl": "on", "ssl_cert_file": files[0], "ssl_key_file": files[1], "hba_file": files[2]}
        self._durability = (*FAST, *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")))

    @property
    def address(self) -> str:
        """Where the shop's database is, as an operator writes it: without the password."""
        host = self.url.rpartition("@")[2].rpartition("/")[0]
        return f"postgresql://{USER}@{host}/{NAME}"

    def complete_address(self, authority: Authority) -> str:
        """Return the same with all that it takes."""
        account = f"{USER}:{quote(PASSWORD, safe='')}@"
        return f"{self.address.replace(f'{USER}@', account)}?sslmode=verify-full&sslrootcert={authority.file}"

    def make_shop(self) -> None:
        """Make the user and the database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            user, name = sql.Identifier(USER), sql.Identifier(NAME)
            role = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
            connection.execute(role.format(user, sql.Literal(PASSWORD)))
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, user))
