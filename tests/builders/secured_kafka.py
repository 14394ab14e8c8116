"""Kafka as an existing cluster is: TLS everywhere, and users with passwords or certificates."""

from collections.abc import Sequence
from pathlib import Path

from infra.local import ports
from infra.local.kafka import Broker
from tests.builders.authorities import Authority

PLAIN_USER, PLAIN_PASSWORD = "till", "abra=cadabra"  # of a broker that lives as long as its test
SCRAM_USER, SCRAM_PASSWORD = "counter", "simsalabim"
LOGIN = "org.apache.kafka.common.security.{}.{}LoginModule required"


class SecuredBroker(Broker):
    """Listens for SASL over TLS at `bootstrap`, and for clients with a certificate at `for_certificates`."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder / "kafka", folder / "processes", folder / "logs" / "kafka.log")
        self._authority = authority
        certificate, key = authority.server()
        self._keystore = folder / "broker.pem"
        self._keystore.write_bytes(key.read_bytes() + certificate.read_bytes())

    def _write_properties(self) -> Path:
        file = super()._write_properties()
        internal, with_certificates = ports.free_port(), ports.free_port()
        self.for_certificates = f"{ports.LOOPBACK}:{with_certificates}"
        plain = file.read_text()
        controller = plain.partition("CONTROLLER://")[2].partition("\n")[0]
        listeners = f"SASL_SSL://{self.bootstrap},SSL://{self.for_certificates},INTERNAL://{ports.LOOPBACK}:{internal}"
        settings = {
            "listeners": f"{listeners},CONTROLLER://{controller}",
            "advertised.listeners": listeners,
            "inter.broker.listener.name": "INTERNAL",
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,SSL:SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self._keystore,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self._authority.file,
            "listener.name.ssl.ssl.client.auth": "required",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": (
                f'{LOGIN.format("plain", "Plain")} user_{PLAIN_USER}="{PLAIN_PASSWORD}";'
            ),
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{LOGIN.format('scram', 'Scram')};",
        }
        file.write_text(plain + "".join(f"{name}={value}\n" for name, value in settings.items()))  # the last one counts
        return file

    def _format_options(self) -> Sequence[str]:
        return ("--add-scram", f"SCRAM-SHA-512=[name={SCRAM_USER},password={SCRAM_PASSWORD}]")
