"""`python -m graphql_api.reports.training`: learn to write reports, then write the model's folder."""

from pathlib import Path

import typer

from graphql_api.reports.training.corpus import pairs, read_grammar

KEPT = 300
"""Pairs that nothing is learned from."""

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def train(
    checkpoint: Path = typer.Option(..., help="State of the training; an existing one is continued."),
    language: str = typer.Option("english", help="The corpus."),
    steps: int = typer.Option(1600, help="Steps in all."),
    corpus: int = typer.Option(20_000, help="Reports to invent."),
    size: int = typer.Option(900, help="Tokens, slots and marks included."),
    seed: int = typer.Option(1, help="Equal seeds give equal reports and equal steps."),
    threads: int = typer.Option(1, help="Processor threads; on a busy machine one is faster than two."),
) -> None:
    """Train a writer; may be stopped and started again at any time."""
    import torch  # noqa: PLC0415 - help does without it

    from graphql_api.reports.training.tokens import learn_tokens, save_tokens  # noqa: PLC0415 - the same
    from graphql_api.reports.training.trainer import Plan, Trainer  # noqa: PLC0415 - the same

    torch.set_num_threads(threads)
    grammar = read_grammar(language)
    kept = list(pairs(grammar, seed + 1_000_000, KEPT))
    learned = list(pairs(grammar, seed, corpus))
    tokens = learn_tokens(learned, size)
    save_tokens(tokens, checkpoint.parent / f"{checkpoint.stem}-tokens")
    Trainer(Plan(steps=steps, seed=seed), checkpoint, tokens).learn(learned, kept)


@app.command(name="export")
def export_writer(
    checkpoint: Path = typer.Option(..., help="State of the training."),
    out: Path = typer.Option(..., help="The model's folder."),
    name: str = typer.Option("my-writer", help="What it is called."),
    language: str = typer.Option("english", help="The corpus that it learned from."),
) -> None:
    """Write the trained writer as OpenVINO IR with 8-bit weights, in Hugging Face's layout."""
    from graphql_api.reports.training.export import export  # noqa: PLC0415 - help does without it

    export(checkpoint, out, name, language)


app()
