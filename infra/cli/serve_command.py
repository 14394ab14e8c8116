"""`shopfloor serve`: models as a service, until it is told to stop."""

from typing import Annotated

import typer

from infra.cli.options import MetricsPort


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 is any free one.")] = 8001,
    model: Annotated[
        list[str] | None, typer.Option("--model", help="Serve this one; repeatable. Every model here if absent.")
    ] = None,
    waiting: Annotated[
        int, typer.Option("--waiting", min=0, max=1024, help="Requests for each model that may wait.")
    ] = 32,
    metrics_port: MetricsPort = None,
) -> None:
    """Answer what models say of pictures, by the Open Inference Protocol; SIGTERM stops it cleanly.

    Who asks sends a token, as for the API. No picture is kept. See docs/inference.md.
    """
    import asyncio
    from importlib import metadata

    from graphql_api.app import token_path
    from graphql_api.headers import SafeHeaders
    from graphql_api.issued_tokens import IssuedTokens
    from graphql_api.server import address_of, listen
    from graphql_api.server import serve as serve_app
    from graphql_api.tokens import ADMINISTRATOR, Permission, Tokens, local_token
    from infra import metrics, settings
    from infra.cli.running import end_at_once, run_until_signal
    from vision_workers.detectors import Device
    from vision_workers.labels.paddle import PaddleReader
    from vision_workers.models import Models
    from vision_workers.serving.app import Setup, make_app
    from vision_workers.serving.store import ServedModels
    from vision_workers.settings import load_vision_settings

    where = settings.load()
    tokens_file = token_path(where.data)
    issued = IssuedTokens(where.data)
    issued.find_claims()
    tokens = Tokens({local_token(tokens_file): ADMINISTRATOR}, issued=issued)

    def may_ask(header: str | None) -> bool:
        claims = tokens.find_bearer(header)
        return claims is not None and Permission.READ in claims.permissions

    async def nothing_to_close() -> None:
        pass

    with listen(host, port) as listener:
        models = ServedModels(
            Models(where.data / "models"), Device(load_vision_settings().device), waiting, model or ()
        )
        app = make_app(
            Setup(models=models, may_ask=may_ask, make_reader=PaddleReader, version=metadata.version("shopfloor"))
        )
        app.add_middleware(SafeHeaders)
        with metrics.serve(app.state.metrics.registry, where, metrics_port):
            typer.echo(f"Models at {address_of(listener)}/v2, token in {tokens_file}")
            asyncio.run(run_until_signal(lambda stop: serve_app(app, listener, stop, nothing_to_close)))
    end_at_once()
