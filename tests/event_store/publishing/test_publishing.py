"""Checkpoints given away: every one, in order, and kept until it is taken."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from event_store.publishing import Channel, Publisher, Webhook, Witness, read_witnesses
from event_store.publishing.errors import InvalidWitnesses
from event_store.publishing.publisher import deliveries
from event_store.sealing import SealedRecord, Sealer
from event_store.verifier.notes import read_checkpoint, read_key
from event_store.webhooks.errors import InvalidSecret
from tests.builders.ledgers import Ledger
from tests.builders.receivers import Reply, SpecifiedWitness, serving
from tests.builders.sealed_logs import TOPIC, signing_key

SECRET = "whsec_" + b64encode(b"a secret of some thirty bytes!").decode()
KEY = signing_key()


@pytest.fixture
def ledger(database: str) -> Iterator[Ledger]:
    ledger = Ledger(database)
    yield ledger
    ledger.connection.close()


class Receiver:
    """Takes webhooks, or refuses them."""

    def __init__(self) -> None:
        self.answers = 200
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.tries = 0

    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Reply:
        self.tries += 1
        assert path == "/checkpoints?of=shop"
        if self.answers == 200:
            self.taken.append((headers, body))
        return self.answers, "text/plain", b"said"


def sealed(ledger: Ledger, times: int = 1) -> None:
    for _ in range(times):
        ledger.add(0, 10)
        Sealer(ledger.connection, TOPIC, [KEY]).seal(1_000)


def serve(ledger: Ledger, *channels: Channel, at_once: bool = True) -> list[str]:
    return [str(each) for each in Publisher(ledger.connection, channels).serve(at_once=at_once)]


@pytest.mark.postgres
def test_every_checkpoint_is_posted_once_and_signed_as_standard_webhooks_are(ledger: Ledger) -> None:
    receiver = Receiver()
    with serving(receiver.handle) as address:
        channel = Webhook(f"{address}/checkpoints?of=shop", SECRET)
        sealed(ledger, 2)
        assert serve(ledger, channel) == []
        sealed(ledger, 3)
        assert serve(ledger, channel) == serve(ledger, channel) == []

    assert [body.split(b"\n")[1] for _, body in receiver.taken] == [b"2", b"3", b"4", b"5"]
    headers, body = receiver.taken[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = hmac.digest(b64decode(SECRET.removeprefix("whsec_")), signed, "sha256")
    assert headers["webhook-signature"] == f"v1,{b64encode(expected).decode()}"
    assert len({each["webhook-id"] for each, _ in receiver.taken}) == 4


@pytest.mark.postgres
@pytest.mark.parametrize("answer", [500, 404, 302])
def test_what_is_not_taken_waits_longer_each_time_and_none_is_lost(ledger: Ledger, answer: int) -> None:
    receiver = Receiver()
    with serving(receiver.handle) as address:
        url = f"{address}/checkpoints?of=shop"
        sealed(ledger)
        serve(ledger, Webhook(url, SECRET))
        receiver.answers = answer
        sealed(ledger, 2)
        (trouble,) = serve(ledger, Webhook(url, SECRET))
        sealed(ledger)
        tries = receiver.tries
        assert serve(ledger, Webhook(url, SECRET), at_once=False) == []

        assert receiver.tries == tries == 2
        assert f"status {answer}" in trouble
        (state,) = deliveries(ledger.connection)
        assert (state.seals, state.attempts) == (1, 1)
        waits = "SELECT extract(epoch FROM next_attempt_at - now()) FROM record.publications"
        first = (ledger.connection.execute(waits).fetchone() or [0])[0]
        serve(ledger, Webhook(url, SECRET))
        second = (ledger.connection.execute(waits).fetchone() or [0])[0]
        assert second > first > 0
        receiver.answers = 200
        assert serve(ledger, Webhook(url, SECRET)) == []

    assert [body.split(b"\n")[1] for _, body in receiver.taken] == [b"1", b"2", b"3", b"4"]


@pytest.mark.postgres
def test_a_receiver_that_is_not_there_holds_up_no_other(ledger: Ledger) -> None:
    receiver = Receiver()
    with serving(receiver.handle) as address:
        gone, there = Webhook("http://127.0.0.1:1/", SECRET), Webhook(f"{address}/checkpoints?of=shop", SECRET)
        sealed(ledger)
        (trouble,) = serve(ledger, gone, there)

    assert "webhook http://127.0.0.1:1/… (" in trouble
    assert ") did not take the checkpoint" in trouble
    assert len(receiver.taken) == 1


def test_a_webhook_is_named_without_its_path_which_may_be_its_secret() -> None:
    first, second = (Webhook(f"https://hooks.example/T00/{secret}", SECRET) for secret in ("abracadabra", "simsalabim"))

    assert first.name.startswith("webhook https://hooks.example:443/… (")
    assert "abracadabra" not in first.name
    assert first.name != second.name


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "c2VjcmV0" * 4, "whsec_€", f"whsec_{'A' * 200}"])
def test_a_secret_that_signs_nothing_is_refused(secret: str) -> None:
    with pytest.raises(InvalidSecret):
        Webhook("https://example.com/", secret)


@pytest.mark.postgres
def test_a_witness_sees_the_log_grow_and_its_cosignature_is_kept_with_the_seal(ledger: Ledger) -> None:
    witness = SpecifiedWitness(KEY.verifier)
    with serving(witness.handle) as address:
        channel = Witness(witness.key, address)
        for _ in range(3):
            sealed(ledger, 3)
            assert serve(ledger, channel) == []
        assert serve(ledger, channel) == []

    assert (witness.size, witness.asked) == (9, [0, 3, 6])
    note = SealedRecord(ledger.connection, TOPIC).newest.note
    keys = [read_key(str(KEY.verifier)), read_key(str(witness.key))]
    assert [each.name for each in read_checkpoint(note, keys).signers] == [KEY.verifier.name, witness.key.name]


@pytest.mark.postgres
def test_a_witness_that_knows_another_size_is_asked_again_from_there(ledger: Ledger) -> None:
    witness = SpecifiedWitness(KEY.verifier)
    with serving(witness.handle) as address:
        sealed(ledger, 5)
        serve(ledger, Witness(witness.key, address))
        ledger.change("DELETE FROM record.publications")
        sealed(ledger, 2)

        assert serve(ledger, Witness(witness.key, address)) == []

    assert (witness.size, witness.asked) == (7, [0, 0, 5])


@pytest.mark.postgres
def test_a_witness_that_has_seen_more_or_something_else_cosigns_nothing(ledger: Ledger) -> None:
    witness = SpecifiedWitness(KEY.verifier)
    with serving(witness.handle) as address:
        sealed(ledger, 4)
        serve(ledger, Witness(witness.key, address))
        ledger.change("TRUNCATE record.seals, record.trees, record.tiles, record.publications")
        ledger.change("UPDATE record.ledger SET value = 'rewritten'")
        sealed(ledger, 2)
        (shorter,) = serve(ledger, Witness(witness.key, address))
        sealed(ledger, 4)
        (other,) = serve(ledger, Witness(witness.key, address))

    assert "it has seen 4 seals, and there are 2" in shorter
    assert "status 422" in other


@pytest.mark.postgres
def test_a_cosignature_that_is_not_the_witnesss_is_not_kept(ledger: Ledger) -> None:
    known, other = SpecifiedWitness(KEY.verifier), SpecifiedWitness(KEY.verifier, seed=8)
    answers = [
        other.cosigned,
        lambda text: known.cosigned(text + b"more\n"),
        lambda _: b"no signature\n",
        lambda _: b"",
    ]
    sealed(ledger)
    before = SealedRecord(ledger.connection, TOPIC).newest.note
    for number, answer in enumerate(answers):

        def handle(_: str, __: dict[str, str], body: bytes, answer: object = answer) -> Reply:
            return 200, "text/plain", answer(body.split(b"\n\n")[1] + b"\n")  # type: ignore[operator]

        with serving(handle) as address:
            (trouble,) = serve(ledger, Witness(known.key, address))
        assert "cosignature" in trouble or "signature" in trouble, number
    assert SealedRecord(ledger.connection, TOPIC).newest.note == before


def test_a_list_of_witnesses_is_read_and_a_wrong_line_is_named(tmp_path: Path) -> None:
    key = SpecifiedWitness(KEY.verifier).key
    good, bad = tmp_path / "witnesses", tmp_path / "wrong"
    good.write_text(f"# ours\n\n{key} https://witness.example/w1/\n")

    assert [each.name for each in read_witnesses(good)] == [f"witness witness.example/w1+{key.id.hex()}"]
    for line in (f"{key}", f"{KEY.verifier} https://witness.example/", f"{key} http://witness.example/", "x y"):
        bad.write_text(f"\n{line}\n")
        with pytest.raises(InvalidWitnesses, match=r"wrong:2: "):
            read_witnesses(bad)
    with pytest.raises(InvalidWitnesses):
        read_witnesses(tmp_path / "nowhere")
