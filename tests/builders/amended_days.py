"""A store's long day, of which much is corrected, tried again and given up while it goes on."""

import random

from event_store.envelope import RecordedEvent
from event_store.events.event import Event
from event_store.serialization import encode
from projections.folding.readings import Reader
from tests.builders.amending import corrected, give_up, retried
from tests.builders.facts import came, went
from tests.builders.histories import long_day
from tests.builders.logs import GINZA, Log
from tests.builders.records import envelope

OFFICE = "office"
SHARE = 0.3


def amended_day(seed: int, store: str = GINZA) -> Log:
    """Return a long day, of which a third is amended while it goes on."""
    chance = random.Random(seed)  # noqa: S311  # a day that can be had again
    day, log, facts = long_day(store, shoppers=25, seed=seed), Log(store), Facts()
    for record in day.records:
        log.add_bytes(record.value)
        facts.learn(log)
        if chance.random() < SHARE:
            log.add(facts.amendment(log, chance), camera=OFFICE)
    unknown = encode(envelope(came("eve"), camera="back", store=store)).replace(
        b"ShopperEntered.v1", b"ShopperEntered.v9"
    )
    log.add_bytes(unknown).add(went("eve"), camera="back")
    facts.dead.insert(0, log.end - 2)
    for at in facts.dead[: len(facts.dead) // 2]:
        log.add(give_up(log, at), camera=OFFICE)
    return log


class Facts:
    """The facts of a log by type, to be confused with one another."""

    def __init__(self) -> None:
        self._facts: dict[type[Event], list[RecordedEvent]] = {}
        self.dead: list[int] = []
        self._reader = Reader(12)

    def learn(self, log: Log) -> None:
        """Take notice of the last record."""
        if (recorded := self._reader.read(log.records[-1]).recorded) is not None:
            self._facts.setdefault(type(recorded.event), []).append(recorded)
        else:
            self.dead.append(log.end - 1)

    def amendment(self, log: Log, chance: random.Random) -> Event:
        """Return a change to something that was recorded before."""
        if chance.random() < SHARE:
            at = chance.choice([*self.dead, chance.randrange(log.end)])
            return give_up(log, at) if chance.random() > SHARE else retried(log.partition, at)
        alike = chance.choice(list(self._facts.values()))
        right = chance.choice([chance.choice(alike).event, None])
        return corrected(chance.choice(alike), right)
