from typing import Any

import psycopg
import pytest

from event_store.erasure import find_tombstone
from event_store.erasure.errors import ForgottenSubject, PicturesStuck, UnknownSubject
from event_store.events.erasures import SubjectForgotten
from tests.builders.keeping import A_VISIT, ASTRID, BJARNE, FIELD, STORE, Crash, Keeping

pytestmark = pytest.mark.postgres

REGISTERED = """
INSERT INTO record.erasures (topic, partition, "offset", recorded_at, organisation, store, subject)
VALUES ('t', 0, 0, now(), 'acme', 'ginza-3', %s)
"""


async def test_forgetting_destroys_key_and_pictures_and_tells_only_how_many(keeping: Keeping) -> None:
    sealed, other = await keeping.seal(A_VISIT, "receipt 4711"), await keeping.seal(BJARNE, "receipt 4712")
    keeping.picture(A_VISIT, "1.jpg")
    keeping.picture(A_VISIT, "more/2.jpg")
    kept = keeping.picture(BJARNE)

    await keeping.forget(A_VISIT)

    assert await keeping.keeper.unseal(A_VISIT, FIELD, sealed) is None
    assert await keeping.keeper.unseal(BJARNE, FIELD, other) == "receipt 4712"
    assert [path for path in (keeping.folder / "evidence").rglob("*") if path.is_file()] == [kept]
    (told,) = keeping.told
    assert (told.organisation, told.store) == ("acme", STORE)
    assert told.event == SubjectForgotten(
        time=told.event.time, forgotten=str(A_VISIT), ground="requested", keys=1, pictures=2
    )


async def test_every_store_that_knows_the_subject_is_told(keeping: Keeping) -> None:
    await keeping.seal(ASTRID, "receipt 4711")
    await keeping.consents.give(ASTRID, "bergen-2", "loyalty")
    keeping.picture(ASTRID, store="oslo-1")
    keeping.told.clear()

    await keeping.forget(ASTRID, known_in=["tokyo-9"])

    assert [told.store for told in keeping.told] == ["bergen-2", STORE, "oslo-1", "tokyo-9"]
    assert await keeping.ask("SELECT * FROM erasure.consents") == []


async def test_a_store_that_is_found_to_know_a_forgotten_subject_is_told_once(keeping: Keeping) -> None:
    await keeping.forget(A_VISIT, known_in=["oslo-1"])
    await keeping.forget(A_VISIT, known_in=["oslo-1", "tokyo-9"])
    again = await keeping.forget(A_VISIT, known_in=["tokyo-9"])

    assert [told.store for told in keeping.told] == ["oslo-1", "tokyo-9"]
    assert keeping.told[0].event == keeping.told[1].event
    assert again.tombstone.stores == ["oslo-1", "tokyo-9"]


async def test_who_was_forgotten_stays_so_and_is_told_once(keeping: Keeping) -> None:
    await keeping.seal(A_VISIT, "receipt 4711")
    first = await keeping.forget(A_VISIT, "requested")
    late = keeping.picture(A_VISIT, "late.jpg")

    again = await keeping.forget(A_VISIT, "ordered")

    assert (first.before, again.before, again.late_pictures) == (False, True, 1)
    assert again.tombstone == first.tombstone
    assert not late.exists()
    assert len(keeping.told) == 1


async def test_a_subject_that_nobody_knows_is_not_forgotten(keeping: Keeping) -> None:
    with pytest.raises(UnknownSubject, match="nothing is held"):
        await keeping.forget(A_VISIT)

    assert await find_tombstone(keeping.connection, A_VISIT) is None
    assert await keeping.seal(A_VISIT, "it may get a key still")


def crash(*_: Any, **__: Any) -> Any:
    raise Crash


@pytest.mark.parametrize(
    "point",
    [
        "event_store.erasure.keeper.Keeper.destroy",
        "event_store.erasure.keeper.Keeper.sweep",
        "event_store.erasure.evidence.Evidence.set_aside",
        "event_store.erasure.evidence.Evidence.remove",
        "event_store.erasure.forgetting.Forgetting._tell",
        "event_store.erasure.forgetting.put",
        "event_store.erasure.forgetting.send_waiting",
        "tests.builders.keeping.Keeping.write",
    ],
)
async def test_a_crash_at_any_point_is_mended_by_the_same_command(
    keeping: Keeping, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = await keeping.seal(A_VISIT, "receipt 4711")
    for number in range(3):
        keeping.picture(A_VISIT, f"{number}.jpg")
    with monkeypatch.context() as crashing:
        crashing.setattr(point, crash)
        with pytest.raises(Crash):
            await keeping.forget(A_VISIT)
    buried = await find_tombstone(keeping.connection, A_VISIT)
    if buried is not None:
        with pytest.raises(ForgottenSubject):
            await keeping.seal(A_VISIT, "a new key")
        assert await keeping.keeper.unseal(A_VISIT, FIELD, sealed) is None

    await keeping.forget(A_VISIT)

    (told,) = keeping.told
    assert isinstance(told.event, SubjectForgotten)
    assert (told.event.keys, told.event.pictures) == (1, 3)
    assert not [path for path in (keeping.folder / "evidence").rglob("*") if path.is_file()]
    assert await keeping.ask("SELECT * FROM erasure.outbox") == []


async def test_pictures_are_counted_once_though_their_removal_was_interrupted(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        keeping.picture(A_VISIT, f"{number}.jpg")

    def remove_one(*_: Any) -> None:
        next(path for path in (keeping.folder / "evidence").rglob("*.jpg")).unlink()
        raise Crash

    with monkeypatch.context() as crashing:
        crashing.setattr("event_store.erasure.evidence.Evidence.remove", remove_one)
        with pytest.raises(Crash):
            await keeping.forget(A_VISIT)
    await keeping.forget(A_VISIT)

    assert keeping.told[0].event.pictures == 3  # type: ignore[attr-defined]


async def test_pictures_that_cannot_be_removed_stop_the_command_before_it_tells(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeping.picture(A_VISIT)

    def refuse(*_: Any) -> None:
        raise PermissionError(1, "read-only")

    with monkeypatch.context() as locked:
        locked.setattr("shutil.rmtree", refuse)
        with pytest.raises(PicturesStuck, match="run the same command again"):
            await keeping.forget(A_VISIT)
    assert keeping.told == []

    await keeping.forget(A_VISIT)
    assert keeping.told[0].event.pictures == 1  # type: ignore[attr-defined]


async def test_a_key_that_a_restored_backup_brings_back_opens_nothing_and_goes_again(keeping: Keeping) -> None:
    sealed = await keeping.seal(A_VISIT, "receipt 4711")
    with psycopg.connect(keeping.database) as superuser:
        superuser.execute(REGISTERED, (str(A_VISIT),))

    assert await keeping.keeper.unseal(A_VISIT, FIELD, sealed) is None
    with pytest.raises(ForgottenSubject):
        await keeping.seal(A_VISIT, "receipt 4712")
    await keeping.keeper.renew_master()
    assert await keeping.ask("SELECT * FROM erasure.keys") == []
