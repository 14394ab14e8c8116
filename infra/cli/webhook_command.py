"""`shopfloor webhook`: who is told what happens, and tools to try a receiver with."""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import Database, JsonLines

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from infra.settings import Settings

webhook_app = typer.Typer(no_args_is_help=True, help="Who is told what happens: signed webhooks.")

Id = Annotated[str, typer.Argument(help="The subscription: sub_….")]


@webhook_app.command()
def create(
    address: Annotated[str, typer.Argument(help="https:// address of the receiver.")],
    organisation: Annotated[str, typer.Option("--organisation", help="Whose facts.")],
    store: Annotated[list[str] | None, typer.Option("--store", help="Only this store's; repeatable.")] = None,
    type_: Annotated[
        list[str] | None, typer.Option("--type", help="Only these facts: ShopperEntered; repeatable.")
    ] = None,
    database: Database = None,
) -> None:
    """Tell an address of facts from now on; its secret is shown once.

    The receiver must first answer a signed challenge, as docs/webhooks.md shows. Addresses of this machine are for
    development: SHOPFLOOR_WEBHOOK_LOOPBACK=1, for this command and for the dispatcher.
    """
    from event_store.erasure.masters import Masters
    from projections.webhooks.subscriptions import Wanted
    from projections.webhooks.subscriptions import create as begin

    async def work(connection: "AsyncConnection[Any]", where: "Settings") -> None:
        masters = Masters(where.webhook_keys_folder)
        wanted = Wanted(organisation=organisation, stores=store or None, types=type_ or None, address=address)
        name, secret = await begin(connection, masters, where.topics.events, wanted, where.webhook_reach)
        sys.stdout.write(f"{name}\n{secret}\n")

    _run(database, work)


@webhook_app.command("list")
def list_subscriptions(json: JsonLines = False, database: Database = None) -> None:
    """List every subscription with how it is."""
    import msgspec

    from projections.webhooks.subscriptions import find_subscriptions

    async def work(connection: "AsyncConnection[Any]", _: "Settings") -> None:
        for each in await find_subscriptions(connection):
            if json:
                sys.stdout.write(msgspec.json.encode(each).decode() + "\n")
                continue
            stores = ", ".join(f"{each.organisation}/{name}" for name in each.stores or ["*"])
            trouble = f"  {each.trouble}" if each.trouble else ""
            facts = ", ".join(each.types or ["all facts"])
            sys.stdout.write(f"{each.id}  {each.state}  {stores}  {facts}  {each.last_sequence} sent for{trouble}\n")

    _run(database, work)


@webhook_app.command()
def deliveries(
    subscription: Id,
    most: Annotated[int, typer.Option("--most", min=1, max=10_000, help="So many, newest first.")] = 20,
    json: JsonLines = False,
    database: Database = None,
) -> None:
    """List a subscription's deliveries with what became of each."""
    import msgspec

    from projections.webhooks.deliveries import find_deliveries
    from projections.webhooks.subscriptions import find_subscription

    async def work(connection: "AsyncConnection[Any]", _: "Settings") -> None:
        await find_subscription(connection, subscription)
        for each in await find_deliveries(connection, subscription, most):
            if json:
                sys.stdout.write(msgspec.json.encode(each).decode() + "\n")
                continue
            said = f"  {each.last_answer}" if each.last_answer else ""
            tries = f"{each.attempts} attempts"
            sys.stdout.write(f"{each.sequence}  {each.state}  {tries}  {each.type}  {each.entity}{said}\n")

    _run(database, work)


@webhook_app.command()
def resend(
    subscription: Id,
    sequence: Annotated[int, typer.Argument(help="The delivery's number.")],
    database: Database = None,
) -> None:
    """Send a delivery that has ended once more, under the same id and marked in its body."""
    from projections.webhooks import deliveries

    _run(database, lambda connection, _: deliveries.resend(connection, subscription, sequence))
    sys.stdout.write(f"{subscription} gets {sequence} again\n")


@webhook_app.command()
def replay(
    subscription: Id,
    first: Annotated[int, typer.Argument(min=1, help="The first delivery's number.")],
    last: Annotated[int, typer.Argument(min=1, help="The last one's.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many it would be.")] = False,
    database: Database = None,
) -> None:
    """Send the deliveries of a range that have ended once more, in their order, each under its id and marked."""
    from projections.webhooks import deliveries, subscriptions

    async def work(connection: "AsyncConnection[Any]", _: "Settings") -> None:
        await subscriptions.find_subscription(connection, subscription)
        ask = deliveries.count_ended if dry_run else deliveries.replay
        count = await ask(connection, subscription, first, last)
        what = "1 delivery" if count == 1 else f"{count} deliveries"
        sys.stdout.write(f"{subscription} {'would get' if dry_run else 'gets'} {what} again\n")

    _run(database, work)


@webhook_app.command()
def enable(subscription: Id, database: Database = None) -> None:
    """Go on with a disabled subscription where it stopped."""
    from projections.webhooks import subscriptions

    _run(database, lambda connection, _: subscriptions.enable(connection, subscription))
    sys.stdout.write(f"{subscription} goes on\n")


@webhook_app.command()
def disable(subscription: Id, database: Database = None) -> None:
    """Send a subscription nothing more until it is enabled; what it has not got waits."""
    from projections.webhooks import subscriptions

    _run(database, lambda connection, _: subscriptions.disable(connection, subscription, "disabled by command"))
    sys.stdout.write(f"{subscription} is disabled\n")


@webhook_app.command("send-test")
def send_test(
    url: Annotated[str, typer.Argument(help="Address of the receiver.")],
    secret: Annotated[str, typer.Option("--secret", help="whsec_…, as the receiver knows it.")],
    type_: Annotated[str, typer.Option("--type", help="Which fact the example is.")] = "ShopperEntered",
    allow_loopback: Annotated[
        bool, typer.Option("--allow-loopback", help="This machine too, without TLS and at any port.")
    ] = False,
) -> None:
    """Send one signed example, without a running service; status 0 only where the receiver answers 2xx."""
    from event_store.webhooks import Reach
    from infra.webhooks.examples import example_of
    from infra.webhooks.trial import send

    sent = send(url, secret, example_of(type_), Reach(loopback=allow_loopback))
    sys.stdout.write(f"status {sent.status}\nwebhook-id {sent.message_id}\n")
    if not sent.is_taken:
        raise typer.Exit(1)


@webhook_app.command()
def listen(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="Port on 127.0.0.1; 0 is any free one.")
    ] = 8799,
    secret: Annotated[str | None, typer.Option("--secret", help="whsec_… that messages are signed with.")] = None,
    json: JsonLines = False,
) -> None:
    """Run a receiver that answers challenges, checks signatures and shows what comes in.

    Without --secret it is read from the first line of the standard input, so that it stays out of the shell's history.
    """
    import asyncio

    from infra.cli.running import run_until_signal
    from infra.webhooks.listener import Listener

    known = secret if secret is not None else sys.stdin.readline().strip()
    listener = Listener(known, port, sys.stdout, as_json=json)
    asyncio.run(run_until_signal(listener.run))


def _run(database: str | None, work: "Callable[[AsyncConnection[Any], Settings], Awaitable[None]]") -> None:
    import asyncio

    import migrations
    from event_store.database import connect
    from infra import settings
    from projections.webhooks.subscriptions import ROLE

    where = settings.load().with_addresses(None, database)
    url = where.database_url()
    migrations.check(url)

    async def run() -> None:
        async with await connect(url, ROLE) as connection:
            await work(connection, where)

    asyncio.run(run())
