"""How well does a small network tell volumes, or beats, apart, beside the nearest mean of each class?

    python tests/bench/volumes_and_beats.py [--seconds 60] [--noise 0.5]

prints the accuracy of both on volumes and beats that training never saw, for one core.
"""

import argparse
import time

import torch
from torch import nn
from tqdm import tqdm

from cnnkit.beats import beats
from cnnkit.volumes import volumes


def network(convolution, normalization, channels, classes):
    """Convolutions of stride 2, the mean and the largest of what remains of each channel, one matrix."""
    layers, before = [], 1
    for after in channels:
        layers += [convolution(before, after, 5, 2, 2), normalization(after), nn.ReLU()]
        before = after
    return nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(classes))


def train(model, x, y, seconds):
    """Adam with a learning rate that falls to nothing in so many seconds of one core."""
    model(x[:2])
    optimizer = torch.optim.Adam(model.parameters(), 2e-3, weight_decay=1e-3)
    start, bar = time.process_time(), tqdm(total=seconds, unit="s")
    while time.process_time() - start < seconds:
        model.train()
        for index in torch.randperm(len(x)).split(32):
            left = max(0.0, 1 - (time.process_time() - start) / seconds)
            optimizer.param_groups[0]["lr"] = 2e-3 * left
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(varied(x[index])), y[index]).backward()
            optimizer.step()
        bar.update(round(time.process_time() - start) - bar.n)
    bar.close()


def varied(x):
    """Volumes mirrored and with their axes swapped at random; beats as they are."""
    if x.ndim == 5:
        x = x.permute(0, 1, *(2 + torch.randperm(3)).tolist())
        x = x.flip([axis for axis in (2, 3, 4) if torch.rand(1) < 0.5])
    return x


def accuracy(predicted, y):
    return 100 * (predicted == y).float().mean().item()


def nearest_mean(x, y, unseen):
    means = torch.stack([x[y == label].flatten(1).mean(0) for label in range(int(y.max()) + 1)])
    return torch.cdist(unseen.flatten(1), means).argmin(1)


def compare(name, seen, unseen, model, seconds):
    x, y, x_unseen, y_unseen = map(torch.from_numpy, (*seen, *unseen))
    train(model, x, y, seconds)
    model.eval()
    with torch.no_grad():
        predicted = torch.cat([model(part).argmax(1) for part in x_unseen.split(100)])
    print(f"{name}, {len(x)} to train, {len(x_unseen)} unseen:")
    print(f"  nearest mean {accuracy(nearest_mean(x, y, x_unseen), y_unseen):.1f} %")
    print(f"  network, {seconds} s of one core {accuracy(predicted, y_unseen):.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--noise", type=float, default=0.5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    drawn = beats(3000, 0, options.noise), beats(1000, 1, options.noise)
    model = network(nn.Conv1d, nn.BatchNorm1d, (16, 32, 32, 32), 5)
    compare("beats", *((one.signals, one.labels) for one in drawn), model, options.seconds)
    solids = volumes(1500, 0, noise=options.noise), volumes(500, 1, noise=options.noise)
    model = network(nn.Conv3d, nn.BatchNorm3d, (12, 24, 48), 6)
    compare("volumes", *((one.images, one.labels) for one in solids), model, options.seconds)


if __name__ == "__main__":
    main()
