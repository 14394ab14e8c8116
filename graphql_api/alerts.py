"""Alerts of a store: what the rules of its layout found, and saying what one thinks of it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Self

import msgspec
import strawberry

from event_store.events.alerts import AlertAcknowledged
from graphql_api.arguments import After, Before, Began, First, Last, OrderBy
from graphql_api.cameras import Camera, camera_of
from graphql_api.commands import Command
from graphql_api.connections import FIRST, MOST_COUNTED, Connection, SortKey
from graphql_api.context import Asked
from graphql_api.errors import Forbidden, KeyReused, UnusableArgument
from graphql_api.fields import field, mutation
from graphql_api.ids import GlobalId, id_of, read_id
from graphql_api.nodes import InStore
from graphql_api.ranges import range_of
from graphql_api.rules import needs
from graphql_api.store_scope import Scope, StoreScope, find_scope
from graphql_api.tokens import Permission
from graphql_api.user_errors import ChangePayload, UserError, UserErrorCode
from graphql_api.words import RuleKind, Severity, TimeOrder, Verdict, word
from graphql_api.zones import Zone
from projections.read_models import alerts

ALERTS: SortKey[alerts.AlertKey] = SortKey("alerts", alerts.AlertKey, "detected_at", "alert_id")


@strawberry.type(
    description="Something that a rule of the layout found. It names nobody: zone and time lead to who it was.",
    directives=needs(Permission.READ),
)
class Alert(InStore):
    """Something that a rule of the layout found."""

    camera_key: strawberry.Private[str | None]
    rule: str = strawberry.field(description="The rule's id in the layout.")
    name: str = strawberry.field(description="What the rule was called.")
    kind: RuleKind = strawberry.field(description="What kind of rule it is.")
    severity: Severity = strawberry.field(description="How bad it is, as the layout has it.")
    zone: Zone | None = strawberry.field(description="Where; null where it is about no zone.")
    people: int | None = strawberry.field(description="How many people it is about; null where it is about none.")
    since: datetime = strawberry.field(description="Since when the condition held.")
    detected_at: datetime = strawberry.field(description="When it had held for the rule's patience.")
    ended_at: datetime | None = strawberry.field(description="When it held no more; null while it does.")
    acknowledged_at: datetime | None = strawberry.field(
        description="When somebody said last that they had taken notice; null where nobody has."
    )
    verdict: Verdict | None = strawberry.field(description="What they thought of it; null where nobody said.")

    @field("The camera; null where it is about none.")
    async def camera(self, info: Asked) -> Camera | None:
        """Return the camera."""
        return None if self.camera_key is None else await camera_of(info, self.scope, self.camera_key)

    @classmethod
    def shape(cls, scope: Scope, rows: Sequence[alerts.Alert]) -> list[Self]:
        """Shape the alerts of a page."""
        return [
            cls(
                scope=scope,
                id=id_of(scope.key, "alert", row.alert_id),
                camera_key=row.camera_id,
                rule=row.rule_id,
                name=row.rule_name,
                kind=RuleKind(row.rule_kind),
                severity=Severity(row.severity),
                zone=None if row.zone_id is None else Zone.of(scope, row.zone_id),
                people=row.people,
                since=row.since,
                detected_at=row.detected_at,
                ended_at=row.ended_at,
                acknowledged_at=row.acknowledged_at,
                verdict=None if row.verdict is None else Verdict(row.verdict),
            )
            for row in rows
        ]


@strawberry.input(description="Which alerts: those of which all that is given is true.")
class AlertFilter:
    """Which alerts."""

    ended: bool | None = strawberry.field(default=None, description="Those that have ended, or those that are open.")
    acknowledged: bool | None = strawberry.field(
        default=None, description="Those of which somebody took notice, or not."
    )
    kind: RuleKind | None = strawberry.field(default=None, description="Those of this kind of rule.")
    severity: Severity | None = strawberry.field(default=None, description="Those of this severity.")

    def read(self) -> alerts.AlertsWanted:
        """Return what it means."""
        return alerts.AlertsWanted(
            ended=self.ended,
            acknowledged=self.acknowledged,
            rule_kind=word(self.kind),
            severity=word(self.severity),
        )


Which = Annotated[AlertFilter | None, strawberry.argument(name="where", description="Which alerts; all if absent.")]


@strawberry.type
class AlertsOfStore(StoreScope):
    """What one may ask of a store's alerts."""

    @field("What the rules of its layout found, by when that was told. Open ones are `where: {ended: false}`.")
    async def alerts(  # noqa: PLR0913, PLR0917 a field's arguments are what one may ask
        self,
        info: Asked,
        where: Which = None,
        told: Began = None,
        order_by: OrderBy = TimeOrder.EARLIEST_FIRST,
        first: First = FIRST,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Alert] | None:
        """Return alerts by when they were told."""
        request = ALERTS.request(first, after, last, before, order_by)
        within, wanted = range_of(told, self.scope.zone, self.scope.now), (where or AlertFilter()).read()
        rows = await info.context.ask(alerts.find_alerts, self.scope.key, within, request.page, wanted)
        count = partial(info.context.ask, alerts.count_alerts, self.scope.key, within, wanted, MOST_COUNTED + 1)
        return Connection[Alert].of(rows, request, partial(Alert.shape, self.scope), count)


async def find_alert(info: Asked, scope: Scope, wanted: GlobalId) -> Alert | None:
    """Return the alert of an id."""
    found = await info.context.ask_once(alerts.find_alert, scope.key, "/".join(wanted.key))
    return None if found is None else Alert.shape(scope, [found])[0]


@strawberry.input(description="That somebody has taken notice of an alert.")
class AcknowledgeAlertInput:
    """An acknowledgement."""

    idempotency_key: str = strawberry.field(
        description="8 to 128 letters, digits, dots, dashes or underscores, another for each change. Sent again with "
        "the same input it gives the same answer and changes nothing."
    )
    alert: strawberry.ID = strawberry.field(description="The alert's id, as answers give it.")
    verdict: Verdict = strawberry.field(description="Whether it was what the rule is for.")


Input = Annotated[
    AcknowledgeAlertInput, strawberry.argument(name="input", description="The alert, and what one thinks.")
]


@strawberry.type(description="Why an alert cannot be acknowledged so.", directives=needs(Permission.CORRECT))
class AlertProblem(UserError):
    """Why an alert cannot be acknowledged so."""


@strawberry.type(description="Where it was recorded, or why it was not.", directives=needs(Permission.CORRECT))
class AcknowledgeAlertPayload(ChangePayload):
    """What came of an acknowledgement."""

    user_errors: list[AlertProblem] = strawberry.field(description="Empty once it is recorded.")


@strawberry.type(description="Changes to alerts.")
class AlertsMutation:
    """Changes to alerts."""

    @mutation("Say that one has taken notice of an alert, and what one thinks of it.", Permission.CORRECT)
    async def acknowledge_alert(self, info: Asked, said: Input) -> AcknowledgeAlertPayload:
        """Record it under the idempotency key."""
        alert = read_id(said.alert)
        store, claims = alert.store_key, info.context.claims
        if alert.kind != "alert":
            raise UnusableArgument(f"{said.alert!r} is no id of an alert; give one back as an answer gave it")
        if not claims.may_see(store.organisation, store.store):
            raise Forbidden(f"the store {store.organisation}/{store.store}")
        scope = await find_scope(info, store)
        if scope is None or await find_alert(info, scope, alert) is None:
            return _refused(UserErrorCode.NOT_FOUND, f"there is no alert {said.alert!r}", "alert")
        moment = datetime.now(UTC)
        at = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        command = Command(
            key=said.idempotency_key,
            store=store,
            input=msgspec.json.encode([said.alert, word(said.verdict)]),
            event=AlertAcknowledged(time=at, alert_id="/".join(alert.key), verdict=word(said.verdict)),
            actor=f"person/{claims.name}",
        )
        try:
            done = await info.context.services.commands.perform(command, claims)
        except KeyReused as refusal:
            return _refused(UserErrorCode.IDEMPOTENCY_KEY_REUSED, str(refusal), "idempotencyKey")
        event_id = id_of(store, "event", done.event_id)
        return AcknowledgeAlertPayload(changed=store, event_id=event_id, position=done.position, user_errors=[])


def _refused(code: UserErrorCode, message: str, where: str) -> AcknowledgeAlertPayload:
    problem = AlertProblem(code=code, message=message, field=[where])
    return AcknowledgeAlertPayload(changed=None, event_id=None, position=None, user_errors=[problem])
