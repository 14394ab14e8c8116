"""Which cells answer for which person, and how wrong they are.

Assignment by task alignment (Feng et al., 2021, TOOD): the cells inside a box whose score and overlap agree best.
"""

import msgspec
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from vision_workers.training.network import decode

CELLS_PER_PERSON = 9
SCORE_POWER, OVERLAP_POWER = 0.5, 4.0
BOX_WEIGHT = 5.0
FOCUS = 2.0
REACH_CELLS = 1.5
"""Cells this far from a box's centre may answer for it even when it is smaller than a cell."""


class Loss(msgspec.Struct, frozen=True):
    """The parts of a batch's loss, each a mean over the people in it."""

    score: Tensor
    box: Tensor

    @property
    def total(self) -> Tensor:
        """What is made smaller."""
        return self.score + BOX_WEIGHT * self.box


class Assigned(msgspec.Struct, frozen=True):
    """For each cell of one picture: the box that it answers for, and how good an answer is expected."""

    cells: Tensor
    """Numbers of the cells that answer for somebody."""
    boxes: Tensor
    """The box that each of them answers for, as corners in pixels."""
    quality: Tensor
    """Target of their score, 0 to 1."""


def overlap(left: Tensor, right: Tensor) -> Tensor:
    """Return the intersection over union of boxes by pairs of the last dimension."""
    inner = (torch.minimum(left[..., 2:], right[..., 2:]) - torch.maximum(left[..., :2], right[..., :2])).clamp(min=0)
    shared = inner.prod(-1)
    areas = (left[..., 2:] - left[..., :2]).prod(-1) + (right[..., 2:] - right[..., :2]).prod(-1)
    return shared / (areas - shared + 1e-6)


def generalised_overlap(left: Tensor, right: Tensor) -> Tensor:
    """Return GIoU (Rezatofighi et al., 2019): intersection over union less the share of the hull that is neither's."""
    hull = (torch.maximum(left[..., 2:], right[..., 2:]) - torch.minimum(left[..., :2], right[..., :2])).prod(-1)
    inner = (torch.minimum(left[..., 2:], right[..., 2:]) - torch.maximum(left[..., :2], right[..., :2])).clamp(min=0)
    shared = inner.prod(-1)
    union = (left[..., 2:] - left[..., :2]).prod(-1) + (right[..., 2:] - right[..., :2]).prod(-1) - shared
    return shared / (union + 1e-6) - (hull - union) / (hull + 1e-6)


@torch.no_grad()
def assign(scores: Tensor, boxes: Tensor, people: Tensor, centres: Tensor, strides: Tensor) -> Assigned:
    """Choose the cells of one picture that answer; `people` are corners in pixels, M x 4."""
    middle = (people[:, :2] + people[:, 2:]) / 2
    inside = ((centres[None] > people[:, None, :2]) & (centres[None] < people[:, None, 2:])).all(-1)
    near = ((centres[None] - middle[:, None]).abs() < REACH_CELLS * strides.T[..., None]).all(-1)
    overlaps = overlap(boxes[None], people[:, None])
    alignment = scores[None].pow(SCORE_POWER) * overlaps.pow(OVERLAP_POWER)
    alignment = torch.where(inside & near | _closest(middle, centres, strides, inside), alignment + 1e-9, 0.0)
    best = alignment.topk(min(CELLS_PER_PERSON, alignment.shape[1]), dim=1)
    chosen = torch.zeros_like(alignment).scatter(1, best.indices, best.values)
    owner = chosen.argmax(0)
    cells = (chosen.amax(0) > 0).nonzero().flatten()
    owner = owner[cells]
    top = chosen.amax(1).clamp(min=1e-9)
    reached = overlaps.amax(1)
    quality = chosen[owner, cells] / top[owner] * reached[owner]
    return Assigned(cells, people[owner], quality)


def _closest(middle: Tensor, centres: Tensor, strides: Tensor, inside: Tensor) -> Tensor:
    """Allow the cells around the centre of every box at the strides that fit its size, inside or not."""
    distance = (centres[None] - middle[:, None]).abs() / strides.T[..., None]
    return (distance < 1.0).all(-1) | (inside & (distance < 2 * REACH_CELLS).all(-1))


def batch_loss(output: Tensor, people: list[Tensor], unclear: list[Tensor], cells: tuple[Tensor, Tensor]) -> Loss:
    """Return the loss of a batch; people and unclear are corners in input pixels, one tensor for each picture."""
    corners, strides = cells
    centres = (corners + 0.5) * strides
    boxes = decode(output, corners, strides)
    logits = output[..., 4]
    target = torch.zeros_like(logits)
    weight = torch.ones_like(logits)
    box_loss = output.new_zeros(())
    for place, (here, skipped) in enumerate(zip(people, unclear, strict=True)):
        if len(skipped):
            hidden = ((centres[:, None] > skipped[None, :, :2]) & (centres[:, None] < skipped[None, :, 2:])).all(-1)
            weight[place][hidden.any(1)] = 0.0
        if not len(here):
            continue
        found = assign(logits[place].detach().sigmoid(), boxes[place].detach(), here, centres, strides)
        target[place, found.cells] = found.quality
        weight[place, found.cells] = 1.0
        lost = 1.0 - generalised_overlap(boxes[place, found.cells], found.boxes)
        box_loss = box_loss + (lost * found.quality).sum()
    certainty = (target - logits.sigmoid()).abs().pow(FOCUS)
    score_loss = (binary_cross_entropy_with_logits(logits, target, reduction="none") * certainty * weight).sum()
    expected = target.sum().clamp(min=1.0)
    return Loss(score_loss / expected, box_loss / expected)
