"""Authorities that sign certificates, as PEM files."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.x509.oid import NameOID

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
NEXT_WEEK = YESTERDAY + timedelta(days=8)


class Authority:
    """Signs for servers and clients; its files lie in a folder of its own."""

    def __init__(self, folder: Path, name: str = "the shop's own authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._name, self._key = folder, _name(name), generate_private_key(SECP256R1())
        builder = self._builder(self._name, self._key, serial=1)
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        usage = x509.KeyUsage(
            key_cert_sign=True,
            crl_sign=True,
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        signed = builder.add_extension(constraints, critical=True).add_extension(usage, critical=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(_pem(signed.sign(self._key, hashes.SHA256())))

    def server(self, address: str = "127.0.0.1") -> tuple[Path, Path]:
        """Return the certificate and the key of a server at an IP address."""
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        return self._issue("server", names)

    def client(self, name: str) -> tuple[Path, Path]:
        """Return the certificate and the key of a client."""
        return self._issue(name, x509.SubjectAlternativeName([x509.DNSName(name)]))

    def _issue(self, name: str, names: x509.SubjectAlternativeName) -> tuple[Path, Path]:
        key = generate_private_key(SECP256R1())
        builder = self._builder(_name(name), key, serial=x509.random_serial_number())
        certificate = builder.add_extension(names, critical=False).sign(self._key, hashes.SHA256())
        files = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        files[0].write_bytes(_pem(certificate))
        no_password = serialization.NoEncryption()
        files[1].write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
        )
        return files

    def _builder(self, subject: x509.Name, key: EllipticCurvePrivateKey, serial: int) -> x509.CertificateBuilder:
        return x509.CertificateBuilder(self._name, subject, key.public_key(), serial, YESTERDAY, NEXT_WEEK)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
