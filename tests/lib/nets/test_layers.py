"""Layers: TensorFlow's padding by its own words, brute force over positions."""

import pytest
import torch

from cnnkit.nets.layers import SamePaddingConv2d, ShortcutSum


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("f", [1, 3, 5])
@pytest.mark.parametrize("n", [7, 8, 9])
def test_same_padding_as_tensorflow_defines_it(n, f, stride):
    conv = SamePaddingConv2d(2, 3, f, stride)
    x = torch.randn(1, 2, n, n + 1)
    y = conv(x)
    assert y.shape[2:] == (-(-n // stride), -(-(n + 1) // stride))
    above = max((y.shape[2] - 1) * stride + f - n, 0) // 2
    left = max((y.shape[3] - 1) * stride + f - (n + 1), 0) // 2
    wide = torch.zeros(1, 2, n + 2 * f, n + 1 + 2 * f)
    wide[:, :, above : above + n, left : left + n + 1] = x
    for i in range(y.shape[2]):
        for j in range(y.shape[3]):
            window = wide[0, :, i * stride : i * stride + f, j * stride : j * stride + f]
            expected = (conv.weight * window).sum((1, 2, 3)) + conv.bias
            torch.testing.assert_close(y[0, :, i, j], expected, rtol=1e-4, atol=1e-5)


def test_the_input_is_added():
    x = torch.randn(2, 3)
    layer = ShortcutSum(torch.nn.Linear(3, 3))
    torch.testing.assert_close(layer(x), x + layer[0](x))
