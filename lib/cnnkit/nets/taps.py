"""What a net's layers put out, by name: for transfer, style and looking inside."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import nn


def layer_names(model: nn.Module) -> list[str]:
    """The names of a net's own layers, in order; a layer within a layer is OUTER.INNER.

    >>> layer_names(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()))
    ['0', '1']
    """
    return [name for name in _places(model) if name and "." not in name]


def features(model: nn.Module, x: torch.Tensor, names: Sequence[str]) -> dict[str, torch.Tensor]:
    """What the named layers put out for x; gradients flow to x, and to the weights where those are trainable.

    A net that is a sequence, as most here are, is run only as far as the last layer asked for. A later layer that
    works in place, such as ReLU(inplace=True), leaves what is given back alone. A layer that stands in a sequence
    twice gives under each name what it put out there; one that runs several times under one name, what it put out last.

    Args:
        model: any net, run in the mode that it is in: in training mode the running statistics of batch
            normalisation move, as in any other run.
        x: what the net takes, on its device.
        names: names of layers, as `layer_names` gives them, or of layers within, as "block4.expand".

    Returns:
        {name: output} in the order of names.

    Raises:
        TypeError: names is one string.
        ValueError: the net has no such layer (the message lists those that it has), its forward never ran it, or
            ran one layer of several names so that no one can tell which run belongs to which name.

    >>> net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
    >>> {name: tuple(a.shape) for name, a in features(net, torch.zeros(1, 3, 6, 6), ["1"]).items()}
    {'1': (1, 8, 4, 4)}
    """
    if isinstance(names, str):
        raise TypeError(f'expected a list of names, such as ["{names}"], got one string')
    layers = {name: _layer(model, name) for name in names}
    outputs: dict[nn.Module, list[Any]] = {layer: [] for layer in layers.values()}
    model = _as_far_as_needed(model, names)
    hooks = []
    try:
        hooks = [layer.register_forward_hook(partial(_keep, kept)) for layer, kept in outputs.items()]
        model(x)
    finally:
        for hook in hooks:
            hook.remove()
    return {name: _put_out(model, name, outputs[layer]) for name, layer in layers.items()}


def _places(model: nn.Module) -> dict[str, nn.Module]:
    """All layers and layers within by name, one that stands in several places by each of its names."""
    return dict(model.named_modules(remove_duplicate=False))


def _layer(model: nn.Module, name: str) -> nn.Module:
    layer = _places(model).get(name)
    if layer is None or not name:
        raise ValueError(f"this net has no layer {name!r}; its layers are {', '.join(layer_names(model))}")
    return layer


def _as_far_as_needed(model: nn.Module, names: Sequence[str]) -> nn.Module:
    if type(model) is not nn.Sequential:
        return model
    top = {name.partition(".")[0] for name in names}
    return model[: max((i + 1 for i, name in enumerate(layer_names(model)) if name in top), default=0)]


def _keep(kept: list[Any], _layer: nn.Module, _x: object, y: Any) -> Any:
    """Keep a copy of y, and hand on a copy of that: what is kept stays part of the graph, and no layer changes it."""
    kept.append(_copied(y))
    return _copied(kept[-1])


def _copied(y: Any) -> Any:
    if isinstance(y, torch.Tensor):
        return y.clone()
    return type(y)(map(_copied, y)) if type(y) in (tuple, list) else y


def _put_out(model: nn.Module, name: str, kept: list[Any]) -> Any:
    if not kept:
        raise ValueError(
            f"the net's forward never ran the layer {name!r}, so there is nothing that it put out"
        )
    places = [place for place, layer in _places(model).items() if layer is _layer(model, name)]
    if len(places) == 1:
        return kept[-1]
    if len(places) != len(kept) or not all(_in_sequence(model, place) for place in places):
        raise ValueError(
            f"one layer is named {', '.join(places)}: which of its {len(kept)} runs was that of {name!r} cannot be "
            "told. Give the net a layer of its own in each place."
        )
    return kept[places.index(name)]


def _in_sequence(model: nn.Module, name: str) -> bool:
    """Whether all that a layer lies in are sequences, so that layers run in the order of their names."""
    outer = name.split(".")[:-1]
    return all(
        isinstance(model.get_submodule(".".join(outer[:n])), nn.Sequential) for n in range(len(outer) + 1)
    )
