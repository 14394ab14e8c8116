import hashlib
import io

import pytest
from msgspec.structs import replace

from event_store.export import pack
from event_store.export.errors import UnpackableName
from tests.builders.sealed_logs import ShopLog


def small_log() -> ShopLog:
    log = ShopLog()
    log.add(0, 3)
    log.forget(0, "visit/1")
    log.seal()
    return log


def test_the_packing_of_this_version_stays_as_it_is() -> None:
    log = small_log()

    assert hashlib.sha256(log.archive()).hexdigest() == GOLDEN
    assert hashlib.sha256(log.proof(0, 1)).hexdigest() == GOLDEN_PROOF


def test_a_topic_too_long_for_the_format_is_told() -> None:
    log = small_log()
    contents = log.contents()
    seal = contents.sealed.seal
    states = [replace(state, topic="t" * 90) for state in seal.partitions]
    sealed = replace(contents.sealed, seal=replace(seal, partitions=tuple(states)))
    part = replace(contents.slices[0], topic="t" * 90)
    long = replace(
        contents,
        sealed=sealed,
        slices=[part],
        read_tile=lambda tree, tile: log.read_tile(tree.replace("t" * 90, TOPIC), tile),
    )

    with pytest.raises(UnpackableName, match="shorter topic prefix"):
        pack(long, log.keys, io.BytesIO())


def test_fewer_lines_than_promised_are_no_archive() -> None:
    log = small_log()
    part = replace(log.slice(0, 0, 3), count=5)

    with pytest.raises(ValueError, match="fewer than 5 lines"):
        pack(log.contents(slices=[part]), log.keys, io.BytesIO())


TOPIC = "shopfloor.events"
GOLDEN = "455430199a35028afa6be85fe4eee0fb61db9b3c852d888ac7265800ff5516b6"
GOLDEN_PROOF = "ee5f9d4b2654234980a85e02d8849a7d582a4853a2e3e46406c56a71d627f857"
