"""Batches of varied samples, the same for the same seed and step whatever was done before."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.utils.data import Dataset

from vision_workers.training.augmentation import Sample, paste, vary
from vision_workers.training.labelled import LabelledFolder, boxes_of
from vision_workers.training.network import HEIGHT_PX, WIDTH_PX

PASTED = 0.35
"""Share of the samples that get a person of another frame pasted in."""

Item = tuple[Tensor, Tensor, Tensor]
"""Picture 3 x height x width, people and unclear as corners in pixels."""


class Samples(Dataset[Item]):
    """An endless series of samples drawn from folders by weight; number n is always the same one."""

    def __init__(self, folders: Sequence[tuple[LabelledFolder, float]], seed: int, count: int) -> None:
        self._folders = [folder for folder, _ in folders]
        weights = np.array([weight for _, weight in folders])
        self._weights = weights / weights.sum()
        self._seed, self._count = seed, count

    def __len__(self) -> int:
        """Return how many samples the whole training sees."""
        return self._count

    def __getitem__(self, number: int) -> Item:
        """Make sample number n."""
        random = np.random.default_rng((self._seed, number))
        sample = self._draw(random)
        if random.random() < PASTED:
            sample = paste(sample, self._draw(random), random)
        varied = vary(sample, random, (WIDTH_PX, HEIGHT_PX))
        scale = np.array([WIDTH_PX, HEIGHT_PX] * 2, np.float32)
        picture = torch.from_numpy(np.ascontiguousarray(varied.picture.transpose(2, 0, 1)))
        return picture, torch.from_numpy(varied.people * scale), torch.from_numpy(varied.unclear * scale)

    def _draw(self, random: Generator) -> Sample:
        folder = self._folders[int(random.choice(len(self._folders), p=self._weights))]
        frame = folder.frames[int(random.integers(len(folder.frames)))]
        return Sample(folder.picture(frame), boxes_of(frame.people), boxes_of(frame.unclear))


def collate(items: list[Item]) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Stack the pictures; the labels stay lists, for each picture has its own number."""
    pictures, people, unclear = zip(*items, strict=True)
    return torch.stack(pictures).float(), list(people), list(unclear)
