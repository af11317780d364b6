"""How well do pixels, and an embedding trained for minutes, tell whether two portraits show one person?

    python tests/bench/portraits.py [--people 500] [--seconds 180] [--nuisance 1.0]

prints the equal error rate of each on people that training never saw, for one core.
"""

import argparse
import time

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from cnnkit.portraits import portraits

SIZE = 40


def equal_error_rate(distances, same):
    """The share of errors at the threshold where as many pairs of one person are refused as of two are accepted."""
    order = np.argsort(distances)
    same = same[order]
    accepted_wrongly = np.cumsum(~same) / (~same).sum()
    refused_wrongly = 1 - np.cumsum(same) / same.sum()
    at = np.argmin(np.abs(accepted_wrongly - refused_wrongly))
    return (accepted_wrongly[at] + refused_wrongly[at]) / 2


def all_pairs(vectors, people):
    """The distance of each pair of vectors, and whether both are of one person."""
    first, second = np.triu_indices(len(people), 1)
    between = torch.cdist(torch.as_tensor(vectors), torch.as_tensor(vectors)).numpy()
    return between[first, second], people[first] == people[second]


def pixels(images):
    """Grey pictures with their mean and contrast taken out: the kindest that one can be to pixels, (N, SIZE * SIZE)."""
    grey = images.mean(axis=-1, dtype=np.float32).reshape(len(images), -1)
    grey -= grey.mean(axis=1, keepdims=True)
    return grey / (grey.std(axis=1, keepdims=True) + 1)


class Embedding(nn.Module):
    """Four convolutions and 64 numbers of length 1."""

    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for after in (24, 48, 64, 96):
            layers += [
                nn.Conv2d(before, after, 3, padding=1),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
            before = after
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(96 * (SIZE // 16) ** 2, 64))

    def forward(self, x):
        return nn.functional.normalize(self.body(x), dim=1)


def semi_hard_loss(vectors, people, margin=0.2):
    """The triplet loss of FaceNet over all pairs of a batch, each with its nearest negative beyond the positive."""
    squared = torch.cdist(vectors, vectors) ** 2
    same = people[:, None] == people[None]
    anchor, positive = torch.nonzero(same.triu(1), as_tuple=True)
    near = squared[anchor, positive]
    farther = squared[anchor].masked_fill(same[anchor] | (squared[anchor] <= near[:, None]), 9.0).amin(1)
    hardest = squared[anchor].masked_fill(same[anchor], -1.0).amax(1)
    negative = torch.where(farther < 9.0, farther, hardest)
    return torch.relu(near - negative + margin).mean()


def as_input(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1


def train(model, images, people, seconds, each):
    """Batches of 24 people with all their pictures, mirrored at random, for so many seconds of one core."""
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    groups = torch.arange(len(images)).reshape(-1, each)
    start, bar = time.process_time(), tqdm(total=seconds, unit="s")
    while time.process_time() - start < seconds:
        for chosen in torch.randperm(len(groups)).split(24):
            index = groups[chosen].flatten()
            batch = as_input(images[index.numpy()])
            batch = torch.where(torch.rand(len(batch), 1, 1, 1) < 0.5, batch.flip(3), batch)
            optimizer.zero_grad()
            semi_hard_loss(model(batch), torch.from_numpy(people[index.numpy()])).backward()
            optimizer.step()
        bar.update(round(time.process_time() - start) - bar.n)
    bar.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=180)
    parser.add_argument("--nuisance", type=float, default=1.0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    start = time.process_time()
    seen = portraits(range(options.people), 8, seed=0, size=SIZE, nuisance=options.nuisance)
    unseen = portraits(
        range(options.people, options.people + 100), 8, seed=1, size=SIZE, nuisance=options.nuisance
    )
    drawn = len(seen.people) + len(unseen.people)
    print(
        f"drew {drawn} portraits of {SIZE}x{SIZE}: {1000 * (time.process_time() - start) / drawn:.1f} s for 1,000"
    )
    model = Embedding()
    train(model, seen.images, seen.people, options.seconds, each=8)
    model.eval()
    with torch.no_grad():
        vectors = model(as_input(unseen.images)).numpy()
    print(f"nuisance {options.nuisance}, 100 unseen people, all pairs of 800 pictures; equal error rates:")
    compared = {
        "pixel distance": unseen.images.reshape(len(unseen.images), -1).astype(np.float32),
        "pixel distance, grey, mean and contrast taken out": pixels(unseen.images),
        f"embedding, {options.seconds} s of one core": vectors,
    }
    for name, what in compared.items():
        print(f"  {name:<50} {100 * equal_error_rate(*all_pairs(what, unseen.people)):.1f} %")


if __name__ == "__main__":
    main()
