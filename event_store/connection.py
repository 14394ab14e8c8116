"""How to reach Kafka: one value that every client of it is made from."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiokafka.helpers import create_ssl_context

from event_store.errors import UnusableCertificates

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, kw_only=True)
class KafkaConnection:
    """Addresses of a Kafka cluster with what it asks for: TLS, a user, both or neither."""

    bootstrap: str
    """`host:port`, several with commas."""
    protocol: Protocol = "PLAINTEXT"
    ca_file: Path | None = None
    """The authority that signed the brokers' certificates; the system's authorities if absent."""
    certificate_file: Path | None = None
    key_file: Path | None = None
    key_password: str | None = field(default=None, repr=False)
    mechanism: Mechanism = "PLAIN"
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def client_options(self) -> dict[str, Any]:
        """Return the keyword arguments of every aiokafka client; raises `UnusableCertificates`."""
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap, "security_protocol": self.protocol}
        if self.protocol.endswith("SSL"):
            options["ssl_context"] = self._tls()
        if self.protocol.startswith("SASL"):
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return options

    def _tls(self) -> ssl.SSLContext:
        try:
            context: ssl.SSLContext = create_ssl_context(
                cafile=self.ca_file and str(self.ca_file),
                certfile=self.certificate_file and str(self.certificate_file),
                keyfile=self.key_file and str(self.key_file),
                password=self.key_password or "",  # without one, OpenSSL would ask for it on the terminal
            )
        except (OSError, ValueError) as problem:
            raise UnusableCertificates(str(problem)) from problem
        return context
