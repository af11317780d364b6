"""What a net's layers put out, by name: for transfer, style and looking inside."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import nn


def layer_names(model: nn.Module) -> list[str]:
    """The names of a net's own layers, in order; a layer within a layer is OUTER.INNER.

    >>> layer_names(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()))
    ['0', '1']
    """
    return [name for name, _ in model.named_children()]


def features(model: nn.Module, x: torch.Tensor, names: Sequence[str]) -> dict[str, torch.Tensor]:
    """What the named layers put out for x; gradients flow to x, and to the weights where those are trainable.

    A net that is a sequence, as most here are, is run only as far as the last layer asked for.

    Args:
        model: any net; it is neither changed nor put in another mode.
        x: what the net takes, on its device.
        names: names of layers, as `layer_names` gives them, or of layers within, as "block4.expand".

    Returns:
        {name: output} in the order of names.

    Raises:
        TypeError: names is one string.
        ValueError: the net has no such layer; the message lists those that it has.

    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
    >>> {name: tuple(a.shape) for name, a in features(net, torch.zeros(1, 3, 6, 6), ["1"]).items()}
    {'1': (1, 8, 4, 4)}
    """
    if isinstance(names, str):
        raise TypeError(f'expected a list of names, such as ["{names}"], got one string')
    found: dict[str, torch.Tensor] = {}
    hooks = []
    layers = {name: _layer(model, name) for name in names}
    try:
        hooks = [layer.register_forward_hook(partial(_keep, found, name)) for name, layer in layers.items()]
        _run(model, x, names)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: found[name] for name in names}


def _layer(model: nn.Module, name: str) -> nn.Module:
    layer = dict(model.named_modules()).get(name)
    if layer is None or not name:
        raise ValueError(f"this net has no layer {name!r}; its layers are {', '.join(layer_names(model))}")
    return layer


def _keep(found: dict[str, torch.Tensor], name: str, _layer: nn.Module, _x: object, y: torch.Tensor) -> None:
    found[name] = y


def _run(model: nn.Module, x: torch.Tensor, names: Sequence[str]) -> None:
    if type(model) is not nn.Sequential:
        model(x)
        return
    top = {name.partition(".")[0] for name in names}
    last = max((i for i, name in enumerate(layer_names(model)) if name in top), default=-1)
    model[: last + 1](x)
