from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import CERT_REQUIRED, SSLContext

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.x509.oid import NameOID

from infra import settings
from infra.errors import InvalidSettings
from vision_workers.settings import VisionSettings

YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*settings.Settings.model_fields, "secrets_folder"):
        monkeypatch.delenv(f"SHOPFLOOR_{name.upper()}", raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the shop's own authority")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, YESTERDAY, YESTERDAY + timedelta(days=9))
    certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file = tmp_path / "authority.pem"
    file.write_bytes(certificate.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


def test_kafka_without_further_settings_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", "kafka-1:9092,kafka-2:9092")

    assert settings.load().kafka_connection().client_options() == {
        "bootstrap_servers": "kafka-1:9092,kafka-2:9092",
        "security_protocol": "PLAINTEXT",
    }


def test_an_authority_makes_kafka_use_tls_and_check_the_broker(
    monkeypatch: pytest.MonkeyPatch, authority: Path
) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", "kafka:9093")
    monkeypatch.setenv("SHOPFLOOR_KAFKA_CA_FILE", str(authority))

    options = settings.load().kafka_connection().client_options()

    context = options["ssl_context"]
    assert options["security_protocol"] == "SSL"
    assert isinstance(context, SSLContext)
    assert context.verify_mode is CERT_REQUIRED
    assert context.check_hostname
    assert [dict(each[0] for each in ca["subject"])["commonName"] for ca in context.get_ca_certs()] == [  # type: ignore[misc]
        "the shop's own authority"
    ]


def test_a_user_makes_kafka_use_sasl_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", "kafka:9094")
    monkeypatch.setenv("SHOPFLOOR_KAFKA_MECHANISM", "SCRAM-SHA-512")
    monkeypatch.setenv("SHOPFLOOR_KAFKA_USER", "till")
    monkeypatch.setenv("SHOPFLOOR_KAFKA_PASSWORD", "abracadabra")

    loaded = settings.load()
    options = loaded.kafka_connection().client_options()

    assert options["security_protocol"] == "SASL_SSL"
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("till", "abracadabra")
    assert "abracadabra" not in f"{loaded} {loaded.kafka_connection()}"


def test_a_user_without_a_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", "kafka:9094")
    monkeypatch.setenv("SHOPFLOOR_KAFKA_USER", "till")

    with pytest.raises(InvalidSettings, match="SHOPFLOOR_KAFKA_PASSWORD"):
        settings.load().kafka_connection()


def test_the_database_takes_its_password_and_tls_from_settings_beside_the_address(
    monkeypatch: pytest.MonkeyPatch, authority: Path
) -> None:
    monkeypatch.setenv("SHOPFLOOR_DATABASE", "postgresql://shop@db.example:6432/shop?application_name=shop")
    monkeypatch.setenv("SHOPFLOOR_DATABASE_PASSWORD", "p@ss/word")
    monkeypatch.setenv("SHOPFLOOR_DATABASE_CA_FILE", str(authority))

    loaded = settings.load()

    assert psycopg.conninfo.conninfo_to_dict(loaded.database_url()) == {
        "user": "shop",
        "password": "p@ss/word",
        "host": "db.example",
        "port": "6432",
        "dbname": "shop",
        "application_name": "shop",
        "sslmode": "verify-full",
        "sslrootcert": str(authority),
    }
    assert "p@ss" not in str(loaded)
    assert settings.without_password(loaded.database_url()) == "postgresql://shop@db.example:6432/shop"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SHOPFLOOR_KAFKA_PROTOCOL", "TLS", "SHOPFLOOR_KAFKA_PROTOCOL"),
        ("SHOPFLOOR_KAFKA_MECHANISM", "hunter2", "SHOPFLOOR_KAFKA_MECHANISM"),
    ],
)
def test_an_unusable_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidSettings, match=expected) as refusal:
        settings.load()
    assert value not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_certificate_that_is_no_file_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOPFLOOR_KAFKA", "kafka:9093")
    monkeypatch.setenv("SHOPFLOOR_KAFKA_CA_FILE", str(tmp_path / "absent.pem"))

    with pytest.raises(InvalidSettings, match=r"SHOPFLOOR_KAFKA_CA_FILE names .*absent\.pem"):
        settings.load().kafka_connection()


def test_an_address_of_another_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_DATABASE", "mysql://shop:secret@db/shop")

    with pytest.raises(InvalidSettings, match="postgresql://") as refusal:
        settings.load().database_url()
    assert "secret" not in str(refusal.value)


def test_the_guide_to_operations_names_every_setting() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    names = {f"SHOPFLOOR_{name.upper()}" for each in (settings.Settings, VisionSettings) for name in each.model_fields}

    assert {name for name in names if f"`{name}`" not in guide} == set()


@pytest.mark.parametrize("password", ["pa/ss", "pa#ss", "12/34", "p@ss/word"])
def test_a_password_that_ends_the_address_of_the_database_is_told_as_one(
    monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("SHOPFLOOR_DATABASE", f"postgresql://shop:{password}@db.example/shop")

    with pytest.raises(InvalidSettings, match="the password in SHOPFLOOR_DATABASE holds a / or #") as refusal:
        settings.load().database_url()
    assert password not in str(refusal.value)


def test_a_user_with_a_server_in_its_name_is_no_broken_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPFLOOR_DATABASE", "postgresql://db.example/shop?user=shop@server")

    assert settings.load().database_url() == "postgresql://db.example/shop?user=shop%40server"


def test_secret_settings_may_be_files_of_a_folder_and_the_environment_stands_above_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "SHOPFLOOR_DATABASE").write_text("postgresql://shop@db.example/shop\n")
    (tmp_path / "SHOPFLOOR_DATABASE_PASSWORD").write_text("of the file\n")
    (tmp_path / "AWS_SECRET_ACCESS_KEY").write_text("of no setting")
    monkeypatch.setenv("SHOPFLOOR_SECRETS_FOLDER", str(tmp_path))

    assert settings.load().database_url() == "postgresql://shop:of%20the%20file@db.example/shop"
    monkeypatch.setenv("SHOPFLOOR_DATABASE_PASSWORD", "mine")
    assert settings.load().database_url() == "postgresql://shop:mine@db.example/shop"


def test_a_folder_of_secrets_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOPFLOOR_SECRETS_FOLDER", str(tmp_path / "missing"))

    with pytest.raises(InvalidSettings, match="is no folder"):
        settings.load()


def test_what_is_wrong_in_a_file_of_secrets_is_told_without_its_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "SHOPFLOOR_METRICS_PORT").write_text("sesame")
    monkeypatch.setenv("SHOPFLOOR_SECRETS_FOLDER", str(tmp_path))

    with pytest.raises(InvalidSettings, match="SHOPFLOOR_METRICS_PORT") as told:
        settings.load()
    assert "sesame" not in str(told.value)
