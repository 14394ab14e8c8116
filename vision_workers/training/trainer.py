"""The training loop: seeded, resumable, with a progress bar."""

import copy
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn
from torch.utils.data import DataLoader, Subset

from vision_workers.training.batches import Samples, collate
from vision_workers.training.loss import Loss, batch_loss
from vision_workers.training.network import PersonNet, grid

WARM_UP_STEPS = 200
AVERAGING = 0.999
"""Share of the averaged weights that stays at a step (exponential moving average)."""
CLIP_NORM = 10.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how fast to learn."""

    steps: int
    batch: int = 16
    rate: float = 2e-3
    seed: int = 1
    checkpoint_every: int = 200
    readers: int = 1
    """Processes that prepare samples beside the one that learns."""


class Trainer:
    """Learns from samples; its whole state is in one checkpoint file."""

    def __init__(self, plan: Plan, checkpoint: Path) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self._checkpoint = plan, checkpoint
        # channels last and 16-bit floats: two and a half times as fast where the processor knows them
        self.network = PersonNet().to(memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.network).eval()
        self._optimizer = torch.optim.AdamW(_groups(self.network), lr=plan.rate)
        self.step = 0
        self._cells = grid()
        if checkpoint.exists():
            self._resume(torch.load(checkpoint, weights_only=True))

    def learn(self, samples: Samples) -> None:
        """Go on from the last checkpoint to the end of the plan."""
        with _progress() as progress:
            task = progress.add_task("training", total=self.plan.steps, completed=self.step, loss="")
            for pictures, people, unclear in self._batches(samples):
                loss = self._learn_from(pictures, people, unclear)
                self.step += 1
                shown = f"score {loss.score.item():.3f} box {loss.box.item():.3f}"
                progress.update(task, completed=self.step, loss=shown)
                if self.step % self.plan.checkpoint_every == 0 or self.step == self.plan.steps:
                    self._save()
                    progress.console.print(f"step {self.step}: {shown}")

    def _batches(self, samples: Samples) -> Iterator[tuple[Tensor, list[Tensor], list[Tensor]]]:
        rest = Subset(samples, range(self.step * self.plan.batch, self.plan.steps * self.plan.batch))
        return iter(DataLoader(rest, self.plan.batch, num_workers=self.plan.readers, collate_fn=collate))

    def _learn_from(self, pictures: Tensor, people: list[Tensor], unclear: list[Tensor]) -> Loss:
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        self.network.train()
        with torch.autocast("cpu", torch.bfloat16):
            output = self.network(pictures.contiguous(memory_format=torch.channels_last))
        loss = batch_loss(output.float(), people, unclear, self._cells)
        self._optimizer.zero_grad()
        loss.total.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), CLIP_NORM)
        self._optimizer.step()
        self._average()
        return loss

    def _rate(self) -> float:
        """Warm up in a line, then fall along a cosine."""
        if self.step < WARM_UP_STEPS:
            return self.plan.rate * (self.step + 1) / WARM_UP_STEPS
        share = (self.step - WARM_UP_STEPS) / max(self.plan.steps - WARM_UP_STEPS, 1)
        return self.plan.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * share)) / 2)

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(AVERAGING, (1 + self.step) / (10 + self.step))
        for mean, new in zip(self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True):
            if mean.is_floating_point():
                mean.lerp_(new, 1 - keep)
            else:
                mean.copy_(new)

    def _save(self) -> None:
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "step": self.step,
        }
        written = self._checkpoint.with_suffix(".part")
        torch.save(state, written)
        written.replace(self._checkpoint)

    def _resume(self, state: dict[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.step = int(state["step"])


def _groups(network: nn.Module) -> list[dict[str, Any]]:
    """Decay the kernels only; biases and normalisation stay free."""
    kernels = [each for each in network.parameters() if each.ndim > 1]
    others = [each for each in network.parameters() if each.ndim <= 1]
    return [{"params": kernels, "weight_decay": 5e-3}, {"params": others, "weight_decay": 0.0}]


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, TextColumn("{task.fields[loss]}"))
