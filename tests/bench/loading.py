"""What worker processes save when the pictures are drawn while a network trains.

Run: python tests/bench/loading.py. It prints the seconds of an epoch over street scenes drawn on the fly with 0, 1 and
2 worker processes, each twice, and over the same scenes from memory.
"""

import os
import time

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset

from cnnkit import Batches, fit
from cnnkit.scenes import street_scene

SCENES, SIZE = 192, 128


class Drawn(Dataset):
    """Street scenes, each drawn when it is asked for; the target is whether it has more than three objects."""

    def __len__(self) -> int:
        return SCENES

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:
        scene = street_scene(number, SIZE)
        image = torch.from_numpy(np.moveaxis(scene.image, -1, 0).astype(np.float32) / 255)
        return image, int(len(scene.classes) > 3)


def network() -> nn.Module:
    layers = [nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 2))


def seconds(loader: object) -> float:
    begun = time.perf_counter()
    fit(network(), loader, cross_entropy, epochs=1)  # type: ignore[arg-type]
    return time.perf_counter() - begun


def main() -> None:
    torch.set_num_threads(1)
    print(f"{SCENES} scenes of {SIZE} x {SIZE}, {os.cpu_count()} cores")
    Drawn()[0]  # what the first scene alone has to prepare
    for workers in (0, 1, 2, 0, 1, 2):
        print(f"{workers} worker processes: {seconds(DataLoader(Drawn(), 32, num_workers=workers)):.1f} s")
    pairs = [Drawn()[number] for number in range(SCENES)]
    x, y = torch.stack([image for image, _ in pairs]), torch.tensor([label for _, label in pairs])
    print(f"from memory: {seconds(Batches(x, y, 32)):.1f} s")


if __name__ == "__main__":
    main()
