"""What the environment says: read once, at the entry of a command, and handed on as values."""

import os
import re
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from event_store.connection import KafkaConnection, Mechanism, Protocol
from event_store.layout.addresses import take_apart
from event_store.topics import SAMPLES_DAYS, Topics, TopicSpec
from event_store.webhooks import PUBLIC, Reach
from infra.errors import InvalidSettings
from infra.local.running import find_running
from infra.process_table import SERVING
from projections.feeding.drivers import Driver
from vision_workers.edge.connection import RedisConnection

PREFIX = "SHOPFLOOR_"
REDIS_ADDRESS = re.compile(
    r"rediss?://(?:[^@/?#\s]*@)?(?:[^:@/?#\s\[\]]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?(?:/[0-9]*)?"
)
BROKEN_DATABASE = (
    "the password in SHOPFLOOR_DATABASE holds a / or #, which ends the address; set it as SHOPFLOOR_DATABASE_PASSWORD, "
    "or write %2F or %23"
)
SECRETS_FOLDER = f"{PREFIX}SECRETS_FOLDER"
"""Names a folder with a file for each secret setting, as Kubernetes mounts them; the environment stands above it."""
CLUSTER = ("kafka", "database")
"""How the names of the settings begin that belong to a cluster."""


class Settings(BaseSettings):
    """Where the data is and how Kafka and PostgreSQL are reached; `docs/operations.md` explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    data: Path = Path(".shopfloor")
    keys: Path | None = None
    publish: Path | None = None
    evidence: Path | None = None
    publish_url: str | None = None
    publish_secret: SecretStr | None = None
    witnesses: Path | None = None
    witness_quorum: int | None = None
    archive: str | None = None
    webhook_loopback: bool = False
    kafka: str | None = None
    kafka_protocol: Protocol | None = None
    kafka_ca_file: Path | None = None
    kafka_certificate_file: Path | None = None
    kafka_key_file: Path | None = None
    kafka_key_password: SecretStr | None = None
    kafka_mechanism: Mechanism = "PLAIN"
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    topic_prefix: str = ""
    samples_days: Annotated[int, Field(ge=1, le=3650)] = SAMPLES_DAYS
    driver: Driver = "faust"
    metrics_port: Annotated[int, Field(ge=1, le=65_536 - len(SERVING))] | None = None
    metrics_host: str = "127.0.0.1"
    redis: SecretStr | None = None
    redis_user: str | None = None
    redis_password: SecretStr | None = None
    redis_ca_file: Path | None = None
    bridge_organisations: str = ""
    database: SecretStr | None = None
    database_password: SecretStr | None = None
    database_ca_file: Path | None = None
    database_certificate_file: Path | None = None
    database_key_file: Path | None = None

    @property
    def topics(self) -> Topics:
        """Names of the topics."""
        return Topics(prefix=self.topic_prefix)

    @property
    def topic_specs(self) -> tuple[TopicSpec, ...]:
        """The topics as they must be."""
        return self.topics.specs(samples_days=self.samples_days)

    @property
    def keys_folder(self) -> Path:
        """Where the keys are that sign the record."""
        return self.keys or self.data / "keys"

    @property
    def webhook_keys_folder(self) -> Path:
        """Where the keys are that the secrets of webhooks are encrypted under."""
        return self.keys_folder / "webhooks"

    @property
    def webhook_reach(self) -> Reach:
        """Where facts may be sent: to this machine only where it is for development."""
        return Reach(loopback=True) if self.webhook_loopback else PUBLIC

    @property
    def evidence_folder(self) -> Path:
        """Where evidence pictures are, in `ORGANISATION/STORE/visit/ID`."""
        return self.evidence or self.data / "evidence"

    @property
    def archive_address(self) -> str | None:
        """Where archived segments are: a folder's whole path, or an address such as `s3://bucket/path`."""
        return self.archive if self.archive is None or "://" in self.archive else str(Path(self.archive).absolute())

    def with_addresses(self, kafka: str | None, database: str | None) -> "Settings":
        """Return these settings with the addresses that a command was given, where it was."""
        given = {"kafka": kafka, "database": database and SecretStr(database)}
        return self.model_copy(update={name: address for name, address in given.items() if address})

    def without_cluster(self) -> "Settings":
        """Return these settings without any address of a cluster and without what it asks for."""
        defaults = {name: field.default for name, field in Settings.model_fields.items() if name.startswith(CLUSTER)}
        return self.model_copy(update=defaults)

    def kafka_connection(self) -> KafkaConnection:
        """Return how to reach Kafka; raises `InvalidSettings` when no address is set or a file is missing."""
        if self.kafka is None:
            raise InvalidSettings(["SHOPFLOOR_KAFKA is not set; set it to host:port, or run `shopfloor up`"])
        self._demand_files("kafka_ca_file", "kafka_certificate_file", "kafka_key_file")
        if self._kafka_protocol().startswith("SASL") and (self.kafka_user is None or self.kafka_password is None):
            raise InvalidSettings(["SASL needs SHOPFLOOR_KAFKA_USER and SHOPFLOOR_KAFKA_PASSWORD; set both"])
        return KafkaConnection(
            bootstrap=self.kafka,
            protocol=self._kafka_protocol(),
            ca_file=self.kafka_ca_file,
            certificate_file=self.kafka_certificate_file,
            key_file=self.kafka_key_file,
            key_password=_revealed(self.kafka_key_password),
            mechanism=self.kafka_mechanism,
            user=self.kafka_user,
            password=_revealed(self.kafka_password),
        )

    def redis_connection(self) -> RedisConnection:
        """Return how to reach the Redis between workers and Kafka; raises `InvalidSettings`."""
        if self.redis is None:
            raise InvalidSettings(["SHOPFLOOR_REDIS is not set; set it to redis://host:6379/0 (docs/edge.md)"])
        url = self.redis.get_secret_value()
        if not REDIS_ADDRESS.fullmatch(url):
            raise InvalidSettings(["SHOPFLOOR_REDIS is no redis:// or rediss:// address; write redis://host:6379/0"])
        self._demand_files("redis_ca_file")
        return RedisConnection(
            url=url, user=self.redis_user, password=_revealed(self.redis_password), ca_file=self.redis_ca_file
        )

    @property
    def bridge_scope(self) -> frozenset[str]:
        """The organisations whose facts pass the bridge; none for everybody's."""
        return frozenset(filter(None, map(str.strip, self.bridge_organisations.split(","))))

    def database_url(self) -> str:
        """Return PostgreSQL's address with password and TLS in it; raises `InvalidSettings`."""
        if self.database is None:
            raise InvalidSettings(["SHOPFLOOR_DATABASE is not set; set it to postgresql://…, or run `shopfloor up`"])
        self._demand_files("database_ca_file", "database_certificate_file", "database_key_file")
        address = take_apart(self.database.get_secret_value())
        if address is not None and "@" in address.rest.partition("?")[0]:
            raise InvalidSettings([BROKEN_DATABASE])
        parts = urlsplit(self.database.get_secret_value())
        if parts.scheme not in {"postgresql", "postgres"}:
            raise InvalidSettings(["SHOPFLOOR_DATABASE is no postgresql:// address; write postgresql://user@host/name"])
        options = dict(parse_qsl(parts.query, keep_blank_values=True)) | self._database_tls()
        where = parts.netloc
        if self.database_password is not None:
            account, _, host = where.rpartition("@")
            user = account.partition(":")[0]
            where = f"{user}:{quote(self.database_password.get_secret_value(), safe='')}@{host}"
        return urlunsplit(parts._replace(netloc=where, query=urlencode(options)))

    def _kafka_protocol(self) -> Protocol:
        if self.kafka_protocol is not None:
            return self.kafka_protocol
        secure, named = self.kafka_ca_file or self.kafka_certificate_file, self.kafka_user
        if named:
            return "SASL_SSL"
        return "SSL" if secure else "PLAINTEXT"

    def _database_tls(self) -> dict[str, str]:
        options: dict[str, str] = {}
        if self.database_ca_file:
            options |= {"sslmode": "verify-full", "sslrootcert": str(self.database_ca_file)}
        if self.database_certificate_file:
            options["sslcert"] = str(self.database_certificate_file)
        if self.database_key_file:
            options["sslkey"] = str(self.database_key_file)
        return options

    def _demand_files(self, *names: str) -> None:
        missing = [
            f"{PREFIX}{name.upper()} names {path}, which is no file; correct the path"
            for name in names
            if (path := getattr(self, name)) is not None and not path.is_file()
        ]
        if missing:
            raise InvalidSettings(missing)


def load() -> Settings:
    """Read the environment; without addresses in it, take those of the data folder's services if they run now.

    Raises `InvalidSettings`.
    """
    settings = read_environment()
    if settings.kafka is None and settings.database is None and (running := find_running(settings.data)):
        return settings.with_addresses(running.kafka, running.database)
    return settings


def read_environment() -> Settings:
    """Read the environment; raises `InvalidSettings` with every problem at once, without the values."""
    folder = os.environ.get(SECRETS_FOLDER)
    if folder and not Path(folder).is_dir():
        raise InvalidSettings([f"{SECRETS_FOLDER} names {folder}, which is no folder; correct the path"])
    files: dict[str, Any] = {"_secrets_dir": folder or None}
    try:
        return Settings(**files)
    except ValidationError as problem:
        raise InvalidSettings(
            [f"{PREFIX}{str(each['loc'][0]).upper()}: {each['msg']}" for each in problem.errors(include_input=False)]
        ) from None


def without_password(url: str) -> str:
    """Return an address that can be shown."""
    parts = urlsplit(url)
    account, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{account.partition(':')[0]}{at}{host}", query=""))


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
