"""From facts in Kafka's order, through the projector's core, to an archive that an auditor checks and reads."""

import io
from pathlib import Path

import pytest

from event_store.checkpoints import KeyFolder
from event_store.events.visits import ShopperEntered, ShopperExited
from event_store.log import Continuation
from event_store.sealing.extract import Range
from event_store.sealing.office import Office
from event_store.serialization import decode
from event_store.topics import EVENTS, PARTITIONS
from event_store.verifier.canonical import Archive
from event_store.verifier.export import verify_export
from event_store.verifier.proof import verify_proof
from projections.catalogue import PROJECTIONS
from projections.taking.projector import Plan, Projector
from tests.builders.facts import came, went
from tests.builders.logs import Log
from tests.builders.projected import Shop

pytestmark = pytest.mark.postgres


async def test_what_the_projector_took_goes_out_byte_by_byte(database: str, tmp_path: Path) -> None:
    log = Log().add(came("anna"), came("bo")).add_bytes(b"no fact at all").add_bytes(None).add(went("anna")).again(1)
    await Shop(database).open()
    await project(database, log)
    office = Office(database, EVENTS, KeyFolder(tmp_path / "keys"))

    office.export(Range(), tmp_path / "all.tar")
    office.prove(decode(log.records[4].value or b"").id, tmp_path / "left.tlog-proof")

    archive = Archive(io.BytesIO((tmp_path / "all.tar").read_bytes()))
    (part,) = verify_export(archive).slices.values()
    lines = list(part.all_lines(archive))
    assert [(line.offset, line.timestamp, line.record) for line in lines] == [
        (record.offset, record.timestamp, record.value or b"") for record in log.records
    ]
    assert isinstance(decode(lines[0].record or b"").event, ShopperEntered)
    proved = verify_proof((tmp_path / "left.tlog-proof").read_bytes())
    assert isinstance(decode(proved.record).event, ShopperExited)


async def project(database: str, log: Log) -> None:
    async def ask_log(_: int, __: int) -> Continuation:
        raise AssertionError("the log of a test has no holes")

    plan = Plan(database=database, topic=EVENTS, partitions=PARTITIONS, projections=PROJECTIONS)
    projector = Projector(plan, ask_log)
    try:
        await projector.assign({log.partition: log.end})
        await projector.apply(log.partition, log.records, log_end=log.end)
    finally:
        await projector.close()
