"""A sentence as the judge reads it: its numbers, the places that it names, and what the figures say of these."""

import re
from functools import cached_property

from graphql_api.reports.fact_sheet import Fact
from graphql_api.reports.names import shown
from graphql_api.reports.period_figures import LineFigures, ZoneFigures
from graphql_api.reports.report import Said
from graphql_api.reports.told import Told

WATCHED = 0.95
_NUMBER = re.compile(r"\d[\d,]*")
_CLOCK = re.compile(r"\d\d:\d\d( \(utc[+-]\d\d:\d\d\))?")


class Reading:
    """One sentence beside the figures of its store."""

    def __init__(self, said: Said, told: Told) -> None:
        self.said, self.told = said, told
        self.named: list[str] = []
        """Whom it names, but for the store; the longest name first, each place taken once."""
        rest = said.text
        for subject, name in sorted(_names(told), key=lambda each: -len(each[1])):
            if name in rest:
                rest = rest.replace(name, " X ")
                if subject not in {"store", *self.named}:
                    self.named.append(subject)
        self.words = rest.lower()
        """The text without the names."""

    @property
    def numbers(self) -> set[int]:
        """The numbers in it, but for times of day."""
        return {int(found.replace(",", "")) for found in _NUMBER.findall(_CLOCK.sub(" ", self.words))}

    @property
    def known_numbers(self) -> set[int]:
        """The numbers that its facts and its period explain."""
        known = {number for fact in self.said.facts for number in _shown_of(fact)}
        values = [fact.value for fact in self.said.facts if isinstance(fact.value, int | float)]
        for now in values:
            known |= {abs(int(now - before)) for before in values}
            known |= {max(1, round(100 * abs(now - before) / before)) for before in values if before}
        known |= {*range(len(self.told.layout.camera) + 1), *range(len(self.told.layout.zone) + 1)}
        dates = self.told.now.known.dates
        year, week, _ = dates.first.isocalendar()
        days = (dates.first.toordinal() + n for n in range((dates.after - dates.first).days))
        within = {dates.first.fromordinal(day) for day in days}
        return known | {dates.first.year, year, week, *(d.day for d in within), *(d.month for d in within)}

    @cached_property
    def zones(self) -> list[ZoneFigures]:
        """The zones that it names."""
        return [zone for zone in self.told.now.zones if f"zone/{zone.zone_id}" in self.named]

    @property
    def lines(self) -> list[LineFigures]:
        """The lines that it names."""
        return [line for line in self.told.now.lines if f"line/{line.line_id}" in self.named]

    @property
    def camera_shares(self) -> list[float]:
        """How much of the time the cameras that it names watched."""
        return [share for camera, share in self.told.now.watched.items() if f"camera/{camera}" in self.named]

    @property
    def doors_watched(self) -> float:
        """How much of the time the doors were watched."""
        shares = [self.told.now.watched[door.camera] for door in self.told.layout.door]
        return min(shares, default=0.0)

    @staticmethod
    def share_of(told: Told, zone: ZoneFigures) -> float:
        """Return how much of the time a zone was watched."""
        return next(told.now.watched[str(each.camera)] for each in told.layout.zone if each.id == zone.zone_id)

    def gain(self, zone: ZoneFigures) -> int:
        """Return how many more visitors a zone had than before."""
        before = self.told.before.zones if self.told.before else []
        return next((zone.visitors - each.visitors for each in before if each.zone_id == zone.zone_id), 0)

    def says(self, number: int) -> bool:
        """Tell whether the number stands in it."""
        return number in self.numbers


def _shown_of(fact: Fact) -> set[int]:
    """Return the numbers that a fact may be shown as."""
    if not isinstance(fact.value, int | float):
        return set()
    match fact.unit:
        case "ms":
            seconds = round(fact.value / 1000)
            minutes = round(seconds / 60) if seconds >= 600 else seconds // 60  # noqa: PLR2004  # ten minutes
            return {seconds % 60, minutes % 60, minutes // 60, 1}
        case "share":
            return {int(100 * fact.value), 1}
    return {int(fact.value)}


def _names(told: Told) -> list[tuple[str, str]]:
    """Return how each place may be written: in the quotes of either language, or in none."""
    layout = told.layout
    names = [(f"zone/{zone.id}", zone.name) for zone in layout.zone]
    names += [(f"line/{line.id}", line.name or line.id) for line in layout.line]
    names += [(f"camera/{camera.id}", camera.name or camera.id) for camera in layout.camera]
    names.append(("store", layout.store.name))
    plain = [(subject, shown(name)) for subject, name in names]
    return [*plain, *((subject, f"「{name.removeprefix('“').removesuffix('”')}」") for subject, name in plain)]
