"""The small YOLO that lesson 3.4 explains and trains, for lessons that compare other detectors with it."""

import torch
from torch import nn


class StreetYolo(nn.Module):
    """A small YOLO with a passthrough, as in lesson 3.4, whose weights fit it.

    Pictures (B, 3, 128, 128), 0 to 255, to raw numbers (B, 16, 16, 3, 8): for each of three anchors p_c, b_x, b_y, b_h,
    b_w and three classes. After Redmon and Farhadi, "YOLO9000" (2017).
    """

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(_convolution(3, 16, stride=2), _convolution(16, 32, stride=2))
        self.narrow = _convolution(32, 8, 1)
        self.middle = nn.Sequential(_convolution(32, 64, stride=2), _convolution(64, 64))
        self.coarse = nn.Sequential(
            _convolution(64, 96, stride=2),
            _convolution(96, 96),
            _convolution(96, 96),
            nn.Upsample(scale_factor=2),
        )
        self.head = nn.Sequential(_convolution(192, 96, 1), _convolution(96, 64))
        self.out = nn.Conv2d(64, 24, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Raw numbers, one array for everything."""
        fine = self.fine((x.float() / 255 - 0.45) / 0.25)
        middle = self.middle(fine)
        B, C, H, W = (narrow := self.narrow(fine)).shape
        deep = narrow.reshape(B, C, H // 2, 2, W // 2, 2).permute(0, 3, 5, 1, 2, 4)
        joined = torch.cat([deep.reshape(B, 4 * C, H // 2, W // 2), middle, self.coarse(middle)], 1)
        return self.out(self.head(joined)).unflatten(1, (3, 8)).permute(0, 3, 4, 1, 2)


def _convolution(n_C_prev: int, n_C: int, f: int = 3, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(n_C_prev, n_C, f, stride, f // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(n_C), nn.LeakyReLU(0.1))
