"""The nets for faces put out what the library that they come from puts out: reference/face_api.js made the numbers.

The numbers are those of npm `@vladmandic/face-api` 1.7.15 itself, run in node on TensorFlow.js's plain CPU backend, on
pieces of scikit-image's astronaut that no one has to resize.
"""

import numpy as np
import pytest
import torch

from cnnkit.nets.face_nets import ENCODER, _torch_name, face_detector, face_encoder, landmark_net
from cnnkit.nets.photos import to_tensor
from cnnkit.nets.taps import features, layer_names
from cnnkit.nets.weight_files import quantised

BUILDERS = {
    "detector": (face_detector, 224),
    "landmarks": (landmark_net, 112),
    "encoder": (face_encoder, 150),
}


def test_the_detector_is_the_librarys(astronaut, reference):
    raw = face_detector()(to_tensor(astronaut[:224, 110:334]))
    assert raw.shape == (1, 25, 7, 7)
    expected = np.reshape(reference("face_api")["raw"], (7, 7, 25))
    np.testing.assert_allclose(raw[0].permute(1, 2, 0), expected, atol=1e-3)


def test_the_landmark_net_is_the_librarys(astronaut, reference):
    found = landmark_net()(to_tensor(astronaut[76:188, 168:280])).view(68, 2) * 112
    np.testing.assert_allclose(found, reference("face_api")["landmarks"], atol=1e-3)


def test_the_encoder_is_the_librarys(astronaut, reference):
    found = face_encoder()(to_tensor(astronaut[50:200, 150:300]))
    np.testing.assert_allclose(found[0], reference("face_api")["encoding"], atol=1e-5)


@pytest.mark.parametrize("net", BUILDERS)
def test_each_layer_can_be_tapped(net):
    build, size = BUILDERS[net]
    model, x = build(), torch.full((1, 3, size, size), 99.0, requires_grad=True)
    found = features(model, x, layer_names(model))
    torch.testing.assert_close(found[layer_names(model)[-1]], model(x))
    found[layer_names(model)[-2]].square().sum().backward()
    assert x.grad.abs().max() > 0
    assert all(p.grad is None for p in model.parameters())


def test_the_encoders_layers_halve_as_its_description_says():
    blocks = ["conv32_down", "pool", "conv32_3", "conv64_3", "conv128_2", "conv256_2", "conv256_down_out"]
    found = features(face_encoder(), torch.zeros(1, 3, 150, 150), blocks)
    assert [tuple(found[name].shape[1:]) for name in blocks] == [
        *((32, 72, 72), (32, 35, 35), (32, 35, 35), (64, 17, 17), (128, 8, 8), (256, 4, 4), (256, 2, 2))
    ]


@pytest.mark.parametrize("net", BUILDERS)
def test_on_another_device_frozen_unless_asked(net):
    build, size = BUILDERS[net]
    x = torch.empty(2, 3, size, size, device="meta")
    assert build(device="meta")(x).device.type == "meta"
    assert not any(p.requires_grad for p in build().parameters())
    trainable = build(trainable=True)
    assert all(p.requires_grad for p in trainable.parameters()) and not trainable.training


def test_every_weight_has_its_place():
    """Two names that became one, or a scale that was not folded, would leave a net that loads and is wrong."""
    tensors = quantised(ENCODER)
    names = [_torch_name(key, tensors) for key in tensors if "/conv/" not in key and "/scale/" not in key]
    assert names == ["fc.weight"]
    model = face_encoder()
    prefix, conv = "conv64_1/conv2", model.conv64_1.conv2
    x = torch.randn(1, 64, 5, 5)
    kernels = tensors[f"{prefix}/conv/filters"].permute(3, 2, 0, 1)
    plain = torch.conv2d(x, kernels, tensors[f"{prefix}/conv/bias"], padding=1)
    scaled = plain * tensors[f"{prefix}/scale/weights"].view(-1, 1, 1) + tensors[
        f"{prefix}/scale/biases"
    ].view(-1, 1, 1)
    torch.testing.assert_close(conv(x), scaled, rtol=1e-4, atol=1e-4)
