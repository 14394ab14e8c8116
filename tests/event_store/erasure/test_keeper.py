import asyncio
from threading import Thread

import msgspec
import psycopg
import pytest

from event_store.checkpoints.errors import ExposedKey, UnreadableKey
from event_store.database import connect
from event_store.erasure import ROLE, Keeper, Masters, Subject, read_subject
from event_store.erasure.errors import (
    ForgottenSubject,
    MasterMissing,
    NoConsent,
    UnreadableCipher,
    UnusablePurpose,
    UnusableSubject,
)
from tests.builders.keeping import A_VISIT, ASTRID, BJARNE, FIELD, STORE, Crash, Keeping

pytestmark = pytest.mark.postgres


async def test_what_was_sealed_for_a_subject_opens_for_it_again(keeping: Keeping) -> None:
    sealed = await keeping.seal(A_VISIT, "receipt 4711")

    assert b"4711" not in sealed.ciphertext
    assert await keeping.keeper.unseal(A_VISIT, FIELD, sealed) == "receipt 4711"


async def test_the_same_words_never_look_the_same(keeping: Keeping) -> None:
    first, second = [await keeping.seal(A_VISIT, "receipt 4711") for _ in range(2)]

    assert first.ciphertext != second.ciphertext
    assert first.key_id == second.key_id


async def test_a_ciphertext_opens_in_no_other_place(keeping: Keeping) -> None:
    sealed, other = await keeping.seal(ASTRID, "by her"), await keeping.seal(BJARNE, "by him")

    with pytest.raises(UnreadableCipher, match="another subject or field"):
        await keeping.keeper.unseal(ASTRID, "SaleRecorded.profile", sealed)
    moved = msgspec.structs.replace(other, key_id=sealed.key_id)
    with pytest.raises(UnreadableCipher):
        await keeping.keeper.unseal(ASTRID, FIELD, moved)
    last = bytes([sealed.ciphertext[-1] ^ 1])
    changed = msgspec.structs.replace(sealed, ciphertext=sealed.ciphertext[:-1] + last)
    with pytest.raises(UnreadableCipher):
        await keeping.keeper.unseal(ASTRID, FIELD, changed)
    assert await keeping.keeper.unseal(BJARNE, FIELD, sealed) is None


async def test_neither_projector_nor_api_reads_a_key(keeping: Keeping) -> None:
    await keeping.seal(A_VISIT, "receipt 4711")

    for role in ("shopfloor_projector", "shopfloor_api"):
        async with await psycopg.AsyncConnection.connect(keeping.database, options=f"-c role={role}") as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute("SELECT * FROM erasure.keys")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await keeping.ask("SELECT * FROM record.ledger")


async def test_the_database_alone_opens_nothing(keeping: Keeping) -> None:
    sealed = await keeping.seal(A_VISIT, "receipt 4711")
    (master,) = (keeping.folder / "keys").glob("*.master")

    assert master.stat().st_mode & 0o777 == 0o600
    master.chmod(0o644)
    with pytest.raises(ExposedKey):
        await keeping.keeper.unseal(A_VISIT, FIELD, sealed)
    master.chmod(0o600)
    kept = master.read_text()
    master.write_text(kept[:-4] + "AA=\n")
    with pytest.raises(UnreadableKey):
        await keeping.keeper.unseal(A_VISIT, FIELD, sealed)
    master.unlink()
    with pytest.raises(MasterMissing, match="SHOPFLOOR_KEYS"):
        await keeping.keeper.unseal(A_VISIT, FIELD, sealed)


async def test_a_new_master_key_opens_what_the_old_one_did_and_the_old_one_is_gone(keeping: Keeping) -> None:
    sealed = await keeping.seal(A_VISIT, "receipt 4711")
    remains = await keeping.ask("SELECT wrapped FROM erasure.keys")
    (old,) = (keeping.folder / "keys").glob("*.master")

    assert await keeping.keeper.renew_master() == (1, [old.stem])

    (new,) = (keeping.folder / "keys").glob("*.master")
    assert new.name.startswith("erasure-0002-")
    assert await keeping.ask("SELECT master FROM erasure.keys") == [(new.stem,)]
    assert await keeping.ask("SELECT wrapped FROM erasure.keys") != remains
    assert await keeping.keeper.unseal(A_VISIT, FIELD, sealed) == "receipt 4711"


async def test_a_renewal_that_was_interrupted_is_finished_by_the_next(keeping: Keeping) -> None:
    sealed = await keeping.seal(A_VISIT, "receipt 4711")
    keeping.masters.add()
    await keeping.seal(BJARNE, "words")

    assert (await keeping.keeper.renew_master())[0] == 2

    (newest,) = (keeping.folder / "keys").glob("*.master")
    assert newest.name.startswith("erasure-0003-")
    assert await keeping.keeper.unseal(A_VISIT, FIELD, sealed) == "receipt 4711"


async def test_a_purpose_that_demands_consent_is_refused_without_one(keeping: Keeping) -> None:
    with pytest.raises(NoConsent, match="consent give"):
        await keeping.seal(ASTRID, "number 12", purpose="loyalty")

    await keeping.consents.give(ASTRID, STORE, "loyalty")
    assert await keeping.seal(ASTRID, "number 12", purpose="loyalty")
    assert await keeping.seal(A_VISIT, str(ASTRID), purpose="loyalty", agreed=ASTRID)
    with pytest.raises(NoConsent):
        await keeping.seal(ASTRID, "number 12", purpose="marketing")
    with pytest.raises(NoConsent):
        await keeping.keeper.seal(ASTRID, FIELD, "number 12", store="oslo-1", purpose="loyalty")

    await keeping.consents.withdraw(ASTRID, STORE, "loyalty")
    with pytest.raises(NoConsent):
        await keeping.seal(ASTRID, "number 12", purpose="loyalty")
    with pytest.raises(NoConsent):
        await keeping.consents.withdraw(ASTRID, STORE, "loyalty")


async def test_a_consent_holds_its_words_encrypted(keeping: Keeping) -> None:
    await keeping.consents.give(ASTRID, STORE, "loyalty", concerns=A_VISIT, statement="read and agreed at the till")

    (told,) = keeping.told
    fact = msgspec.to_builtins(told.event)
    assert "till" not in str(fact)
    assert A_VISIT.id not in str(fact)
    keeper = keeping.keeper
    statement = await keeper.unseal(ASTRID, "ConsentGiven.statement", told.event.statement)  # type: ignore[attr-defined]
    assert statement == "read and agreed at the till"
    assert await keeper.unseal(ASTRID, "ConsentGiven.concerns", told.event.concerns) == str(A_VISIT)  # type: ignore[attr-defined]


async def test_facts_are_numbered_without_holes_and_sent_again_as_they_were_after_a_crash(keeping: Keeping) -> None:
    await keeping.consents.give(ASTRID, STORE, "loyalty")
    keeping.crash_in_writing = True
    with pytest.raises(Crash):
        await keeping.consents.give(ASTRID, STORE, "marketing")
    (waiting,) = await keeping.ask("SELECT event_id FROM erasure.outbox")
    keeping.crash_in_writing = False

    await keeping.consents.withdraw(ASTRID, STORE, "marketing")

    assert [envelope.sequence for envelope in keeping.told] == [1, 2, 3]
    assert keeping.told[1].id == waiting[0]
    assert len({envelope.source for envelope in keeping.told}) == 1


async def test_a_forgotten_subject_gets_no_key_and_no_consent(keeping: Keeping) -> None:
    await keeping.consents.give(ASTRID, STORE, "loyalty")
    await keeping.forget(ASTRID)

    with pytest.raises(ForgottenSubject, match="new id"):
        await keeping.seal(ASTRID, "receipt 4711")
    with pytest.raises(ForgottenSubject):
        await keeping.consents.give(ASTRID, STORE, "loyalty")
    with pytest.raises(ForgottenSubject):
        await keeping.consents.withdraw(ASTRID, STORE, "loyalty")


@pytest.mark.parametrize(
    "text",
    ["astrid", "visit/", "profile/astrid@example.org", "payment/4711", "visit/../x", "shelf/A1", "visit/a/b"],
)
def test_a_name_that_no_subject_has_is_refused(text: str) -> None:
    with pytest.raises(UnusableSubject):
        read_subject("acme", text)


def test_a_visit_is_named_as_the_worker_named_it() -> None:
    assert read_subject("acme", "visit/v-1") == Subject("acme", "visit", "v-1")


async def test_a_purpose_is_one_word(keeping: Keeping) -> None:
    with pytest.raises(UnusablePurpose):
        await keeping.consents.give(ASTRID, STORE, "as I told Mrs Hansen")


async def test_who_opens_a_field_while_the_master_key_is_renewed_does_not_miss_it(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = await keeping.seal(A_VISIT, "receipt 4711")
    read, renewals = Masters.read, []

    async def renew() -> None:
        async with await connect(keeping.database, ROLE) as connection:
            renewals.append(await Keeper(connection, keeping.masters).renew_master())

    def after_a_renewal(masters: Masters, name: str) -> bytes:
        monkeypatch.setattr(Masters, "read", read)
        renewing = Thread(target=lambda: asyncio.run(renew()))
        renewing.start()
        renewing.join()
        return read(masters, name)

    monkeypatch.setattr(Masters, "read", after_a_renewal)  # between the row and the file that it names

    assert await keeping.keeper.unseal(A_VISIT, FIELD, sealed) == "receipt 4711"
    assert [rewrapped for rewrapped, _ in renewals] == [1]
