"""The training of a writer: seeded, counted in steps, resumable, with progress."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from graphql_api.reports.training.corpus import Pair
from graphql_api.reports.vocabulary import END, SENTENCE, WRITE

WIDTH, LAYERS, HEADS, INNER = 128, 4, 4, 384
TOKENS_IN_A_STEP = 2048
WARM_UP_STEPS = 100
CLIP_NORM = 1.0
UNUSED = -100
"""What is not learned: the slots that the writer is told."""

Example = tuple[list[int], int]
"""Tokens, and how many of them the writer is told."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how fast to learn."""

    steps: int
    seed: int = 1
    rate: float = 3e-3
    checkpoint_every: int = 50


def make_network(vocabulary: int) -> LlamaForCausalLM:
    """Return a writer that knows nothing yet."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=vocabulary,
            hidden_size=WIDTH,
            intermediate_size=INNER,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            num_key_value_heads=HEADS,
            max_position_embeddings=1024,
            tie_word_embeddings=True,
            pad_token_id=0,
            bos_token_id=1,
            eos_token_id=2,
        )
    )


class Trainer:
    """Learns from pairs; its whole state is in one checkpoint file."""

    def __init__(self, plan: Plan, checkpoint: Path, tokens: PreTrainedTokenizerFast) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self._checkpoint, self._tokens = plan, checkpoint, tokens
        self.network = make_network(len(tokens))
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.05
        )
        self.step = 0
        if checkpoint.exists():
            self._resume(torch.load(checkpoint, weights_only=True))

    def learn(self, pairs: Sequence[Pair], kept: Sequence[Pair]) -> None:
        """Go on from the last checkpoint to the end of the plan; `kept` are measured and never learned from."""
        examples, unseen = self._examples(pairs), self._examples(kept)
        with _progress() as progress:
            task = progress.add_task("training", total=self.plan.steps, completed=self.step, loss="")
            for batch in self._batches(examples):
                loss = self._learn_from(*batch)
                self.step += 1
                progress.update(task, completed=self.step, loss=f"loss {loss:.3f}")
                if self.step % self.plan.checkpoint_every == 0 or self.step == self.plan.steps:
                    self._save()
                    progress.console.print(f"step {self.step}: loss {loss:.3f}, unseen {self._measure(unseen):.4f}")

    def _examples(self, pairs: Sequence[Pair]) -> list[Example]:
        told = [f"<s>{''.join(pair.slots)}{WRITE}" for pair in pairs]
        written = ["".join(f"{sentence}{SENTENCE}" for sentence in pair.sentences) + END for pair in pairs]
        heads = self._tokens(told, add_special_tokens=False)["input_ids"]
        tails = self._tokens(written, add_special_tokens=False)["input_ids"]
        return [([*head, *tail], len(head)) for head, tail in zip(heads, tails, strict=True)]

    def _batches(self, examples: Sequence[Example]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield batches of about as many tokens, alike in length; where they stand depends on the seed and the step."""
        number = 0
        for epoch in range(10_000):
            random = Random(self.plan.seed * 1_000 + epoch)  # nothing secret
            order = sorted(examples, key=lambda example: len(example[0]) + random.random() * 12)
            batches = list(_cut(order))
            random.shuffle(batches)
            for batch in batches:
                if number == self.plan.steps:
                    return
                if number >= self.step:
                    yield _padded(batch)
                number += 1

    def _learn_from(self, tokens: Tensor, wanted: Tensor) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16):
            loss = self._loss(tokens, wanted)
        self._optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP_NORM)
        self._optimizer.step()
        return float(loss.item())

    def _loss(self, tokens: Tensor, wanted: Tensor) -> Any:
        hidden = self.network.model(input_ids=tokens, use_cache=False).last_hidden_state[:, :-1]
        learned = wanted[:, 1:] != UNUSED
        logits = self.network.lm_head(hidden[learned])
        return torch.nn.functional.cross_entropy(logits.float(), wanted[:, 1:][learned])

    @torch.no_grad()
    def _measure(self, unseen: Sequence[Example]) -> float:
        self.network.eval()
        losses = [self._loss(*_padded(batch)).item() for batch in _cut(sorted(unseen, key=lambda each: len(each[0])))]
        return sum(losses) / len(losses)

    def _rate(self) -> float:
        """Warm up in a line, then fall along a cosine."""
        if self.step < WARM_UP_STEPS:
            return self.plan.rate * (self.step + 1) / WARM_UP_STEPS
        share = (self.step - WARM_UP_STEPS) / max(self.plan.steps - WARM_UP_STEPS, 1)
        return self.plan.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2)

    def _save(self) -> None:
        state = {"network": self.network.state_dict(), "optimizer": self._optimizer.state_dict(), "step": self.step}
        written = self._checkpoint.with_suffix(".part")
        torch.save(state, written)
        written.replace(self._checkpoint)

    def _resume(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step = int(state["step"])


def _cut(examples: Sequence[Example]) -> Iterator[list[Example]]:
    """Yield neighbours of as many tokens as a step takes."""
    batch: list[Example] = []
    for example in examples:
        longest = max(len(example[0]), max((len(each[0]) for each in batch), default=0))
        if batch and longest * (len(batch) + 1) > TOKENS_IN_A_STEP:
            yield batch
            batch = []
        batch.append(example)
    if batch:
        yield batch


def _padded(batch: Sequence[Example]) -> tuple[Tensor, Tensor]:
    """Return tokens and what is to be learned; what is padded on the right is seen by nobody before it."""
    longest = max(len(tokens) for tokens, _ in batch)
    padded = torch.zeros((len(batch), longest), dtype=torch.long)
    wanted = torch.full((len(batch), longest), UNUSED, dtype=torch.long)
    for row, (tokens, told) in enumerate(batch):
        padded[row, : len(tokens)] = torch.tensor(tokens)
        wanted[row, told : len(tokens)] = torch.tensor(tokens[told:])
    return padded, wanted


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.fields[loss]}"))
