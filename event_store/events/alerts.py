"""Rules of the layout find what should not be; people take notice."""

from typing import Literal

from event_store.events.event import Event, Moment
from event_store.layout.model import RuleKind, Severity

Verdict = Literal["right", "wrong", "unsure"]
"""Whether it was what the rule is for."""


class AlertFact(Event, frozen=True, kw_only=True):
    """A fact about one alert of a store."""

    alert_id: str

    @property
    def subject(self) -> str:
        """The alert."""
        return f"alert/{self.alert_id}"


class AnomalyDetected(AlertFact, frozen=True, kw_only=True):
    """The condition of a rule has held for its patience; `time` is when that was over. It names nobody."""

    rule_id: str
    name: str
    """What the layout called the rule then, or its id."""
    kind: RuleKind
    severity: Severity
    zone_id: str | None
    """Null where the rule is about no zone."""
    camera_id: str | None
    """Null where the rule is about no camera."""
    since: Moment
    """Since when the condition has held."""
    people: int | None
    """How many people it is about; null where it is about none."""


class AnomalyEnded(AlertFact, frozen=True, kw_only=True):
    """The condition of an alert holds no more."""

    detected_at: Moment


class AlertAcknowledged(AlertFact, frozen=True, kw_only=True):
    """Somebody has taken notice of an alert; who, the envelope's actor says."""

    verdict: Verdict


FACTS = (AnomalyDetected, AnomalyEnded, AlertAcknowledged)
