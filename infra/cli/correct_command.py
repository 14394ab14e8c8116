"""`shopfloor correct`: a fact that was recorded wrongly counts as the right one, or not at all."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.cli.options import Database, Kafka, Who

PATIENCE_S = 10.0


def correct(
    event_id: Annotated[str, typer.Argument(help="The wrong fact's id, the UUID in its envelope.")],
    reason: Annotated[
        str,
        typer.Option(
            "--reason",
            help="Why: misjudged, misplaced, mistimed, miscounted, doubled, damaged, foreign, test or other.",
        ),
    ],
    data: Annotated[
        Path | None,
        typer.Option("--data", help="JSON of the fields that were wrong, `time` among them; others stay. - is stdin."),
    ] = None,
    retract: Annotated[bool, typer.Option("--retract", help="Nothing of the kind happened.")] = False,
    store: Annotated[
        str | None, typer.Option("--store", metavar="ORG/STORE", help="Whose fact it is, where ids are not enough.")
    ] = None,
    who: Who = None,
    patience: Annotated[
        float, typer.Option("--patience", min=0, help="Seconds to wait until the read models follow.")
    ] = PATIENCE_S,
    kafka: Kafka = None,
    database: Database = None,
) -> None:
    """Correct a fact, or retract it. The record keeps both; every read model follows, nothing is edited.

    `echo '{"door_id": "side"}' | shopfloor correct ID --data - --reason misplaced`

    Only the fields that are given change, so that two people may correct one fact; of a field the last word stands.
    Correct it once more to take a correction back. The record takes no words of its own: nothing can be erased there.
    """
    import asyncio
    from getpass import getuser

    import migrations
    from infra import settings
    from infra.cli.positions import show_position
    from infra.cli.stores import parse_store
    from infra.deciding import Decided, asking, write
    from projections.deciding import decisions
    from projections.scope import StoreKey

    if (data is None) is not retract:
        raise typer.BadParameter("give either --data FILE or --retract", param_hint="--data")
    named = parse_store(store)
    wanted = decisions.Correction(
        event_id=event_id,
        right=None if data is None else _fields(data),
        reason=reason,
        store=named and StoreKey(*named),
    )
    where = settings.load().with_addresses(kafka, database)
    migrations.check(where.database_url())

    async def run() -> Decided:
        async with asking(where.database_url()) as connection:
            decision = await decisions.correct(connection, where.topics.events, wanted, decisions.now())
            return await write(where, connection, [decision], who or getuser(), patience)

    decided = asyncio.run(run())
    followed = "every read model follows" if decided.carried_out else "read models follow once a projector runs"
    sys.stdout.write(f"{event_id} is corrected at {show_position(decided.positions[0])}; {followed}\n")


def _fields(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises `UnusableCorrection`."""
    import msgspec

    from projections.deciding.decision_errors import UnusableCorrection

    try:
        text = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return msgspec.json.decode(text, type=dict[str, Any])
    except OSError as problem:
        raise UnusableCorrection(f"cannot read {path}: {problem.strerror}; name a file of JSON") from problem
    except msgspec.MsgspecError as problem:
        raise UnusableCorrection(f"{path} is no JSON object of fields: {problem}") from problem
