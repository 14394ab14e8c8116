"""A small one-stage person detector, free of anchors, with YOLOX's undecoded output (Ge et al., 2021)."""

import torch
from torch import Tensor, nn

WIDTH_PX, HEIGHT_PX = 384, 224
STRIDES_PX = (8, 16, 32)
RARE = -4.6
"""Start of the score's bias: one cell in a hundred holds a person (Lin et al., 2017, focal loss)."""


class ConvBlock(nn.Sequential):
    """Convolution, batch normalisation, SiLU."""

    def __init__(self, taken: int, given: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(taken, given, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(given, eps=1e-3, momentum=0.03),
            nn.SiLU(inplace=True),
        )


class Bottleneck(nn.Module):
    """Half the channels, 1x1 then 3x3, added to what came in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(ConvBlock(channels, channels // 2, 1), ConvBlock(channels // 2, channels))

    def forward(self, taken: Tensor) -> Tensor:
        """Return features of the same shape."""
        out: Tensor = taken + self.inner(taken)
        return out


class Context(nn.Module):
    """Pooling over three sizes, so that a cell of the coarsest grid sees a whole person (He et al., 2015)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.enter = ConvBlock(channels, channels // 2, 1)
        self.pools = nn.ModuleList(nn.MaxPool2d(size, 1, size // 2) for size in (3, 5, 7))
        self.leave = ConvBlock(channels // 2 * 4, channels, 1)

    def forward(self, taken: Tensor) -> Tensor:
        """Return features of the same shape."""
        entered = self.enter(taken)
        out: Tensor = self.leave(torch.cat([entered, *(pool(entered) for pool in self.pools)], dim=1))
        return out


class Head(nn.Module):
    """Four numbers of the box and one score for each cell of one grid."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.boxes = nn.Sequential(ConvBlock(channels, channels), nn.Conv2d(channels, 4, 1))
        self.score = nn.Sequential(ConvBlock(channels, channels), nn.Conv2d(channels, 1, 1))
        nn.init.constant_(self.score[1].bias, RARE)  # type: ignore[arg-type]

    def forward(self, taken: Tensor) -> Tensor:
        """Return B x cells x 5."""
        return torch.cat([self.boxes(taken), self.score(taken)], dim=1).flatten(2).transpose(1, 2)


class PersonNet(nn.Module):
    """Backbone of four stages, a pyramid that goes down and up again, a head for each stride.

    Takes B x 3 x 224 x 384, BGR, 0 to 255; returns B x cells x 5: offset of the centre from the cell's corner in cells
    (x, y), logarithm of the size in cells (width, height), and the score as a logit.
    """

    def __init__(self, pyramid: int = 64) -> None:
        super().__init__()
        self.stem = nn.Sequential(ConvBlock(3, 16, 3, 2), ConvBlock(16, 32, 3, 2), Bottleneck(32))
        self.fine = nn.Sequential(ConvBlock(32, 64, 3, 2), Bottleneck(64), Bottleneck(64))
        self.middle = nn.Sequential(ConvBlock(64, 96, 3, 2), Bottleneck(96), Bottleneck(96), Bottleneck(96))
        self.coarse = nn.Sequential(ConvBlock(96, 128, 3, 2), Context(128), Bottleneck(128))
        self.sides = nn.ModuleList(ConvBlock(channels, pyramid, 1) for channels in (64, 96, 128))
        self.down = nn.ModuleList(ConvBlock(pyramid, pyramid) for _ in range(2))
        self.shrink = nn.ModuleList(ConvBlock(pyramid, pyramid, 3, 2) for _ in range(2))
        self.up = nn.ModuleList(ConvBlock(pyramid, pyramid) for _ in range(2))
        self.heads = nn.ModuleList(Head(pyramid) for _ in STRIDES_PX)
        self.grow = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the undecoded output for a batch."""
        fine = self.fine(self.stem(pictures / 255.0 - 0.5))
        middle = self.middle(fine)
        coarse = self.coarse(middle)
        c8, c16, c32 = (side(each) for side, each in zip(self.sides, (fine, middle, coarse), strict=True))
        p16 = self.down[0](c16 + self.grow(c32))
        p8 = self.down[1](c8 + self.grow(p16))
        p16 = self.up[0](p16 + self.shrink[0](p8))
        p32 = self.up[1](c32 + self.shrink[1](p16))
        return torch.cat([head(each) for head, each in zip(self.heads, (p8, p16, p32), strict=True)], dim=1)


class Exported(nn.Module):
    """The network as it is shipped: columns x, y, width, height (undecoded), objectness and class score, 0 to 1."""

    def __init__(self, network: PersonNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        """Return B x cells x 6."""
        out = self.network(pictures)
        score = out[..., 4:].sigmoid()
        return torch.cat([out[..., :4], score, torch.ones_like(score)], dim=-1)


def grid(width: int = WIDTH_PX, height: int = HEIGHT_PX) -> tuple[Tensor, Tensor]:
    """Return each cell's corner in cells (cells x 2) and its stride in pixels (cells x 1)."""
    corners, strides = [], []
    for stride in STRIDES_PX:
        ys, xs = torch.meshgrid(torch.arange(height // stride), torch.arange(width // stride), indexing="ij")
        corners.append(torch.stack([xs.flatten(), ys.flatten()], dim=1).float())
        strides.append(torch.full((xs.numel(), 1), float(stride)))
    return torch.cat(corners), torch.cat(strides)


def decode(output: Tensor, corners: Tensor, strides: Tensor) -> Tensor:
    """Return the boxes of an output as corners in input pixels, B x cells x 4."""
    centres = (output[..., :2] + corners) * strides
    sizes = output[..., 2:4].clamp(max=6.0).exp() * strides
    return torch.cat([centres - sizes / 2, centres + sizes / 2], dim=-1)
