"""The numbers that the source notes state, by the lessons' own solutions; the right ones where they err."""

import json
import re
import subprocess
import sys
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from autograder.cells import is_locked, is_solution, is_test, is_train
from autograder.source import read_master
from cnnkit import testing
from cnnkit.nets.street_yolo import StreetYolo
from cnnkit.stacks import stack

SOURCE = Path(__file__).parents[2] / "course" / "source"


@cache
def lesson(name: str) -> SimpleNamespace:
    """What the solution cells of a lesson define."""
    master = read_master(SOURCE / f"{name}.py")
    namespace: dict = {}
    for cell in master.cells:
        given = is_solution(cell) or (is_locked(cell) and not is_train(cell))
        if cell.cell_type == "code" and not is_test(cell) and given:
            exec(cell.source, namespace)
    return SimpleNamespace(**{key: value for key, value in namespace.items() if not key.startswith("__")})


@pytest.fixture
def steps():
    return lesson("week1_foundations/convolution_step_by_step")


@pytest.fixture
def edges():
    return lesson("week1_foundations/edges_and_filters")


@pytest.fixture
def application():
    return lesson("week1_foundations/convnet_application")


@pytest.fixture
def inception():
    return lesson("week2_deep_models/inception_and_one_by_one")


@pytest.fixture
def faces():
    return lesson("week4_faces_and_art/face_recognition")


@pytest.fixture
def boxes():
    return lesson("week3_detection/boxes")


@pytest.fixture
def localization():
    return lesson("week3_detection/localization_and_landmarks")


@pytest.fixture
def regions():
    return lesson("week3_detection/region_proposals")


@pytest.fixture
def mobile():
    return lesson("week2_deep_models/mobilenet_and_efficientnet")


@pytest.fixture
def residual():
    return lesson("week2_deep_models/residual_networks")


@pytest.fixture
def transfer():
    return lesson("week2_deep_models/transfer_and_augmentation")


@pytest.fixture
def sliding():
    return lesson("week3_detection/sliding_windows")


@pytest.fixture
def styles():
    return lesson("week4_faces_and_art/neural_style_transfer")


@pytest.fixture
def unet():
    return lesson("week3_detection/unet_segmentation")


@pytest.fixture
def dimensions():
    return lesson("week4_faces_and_art/one_and_three_dimensions")


def convolve(steps, A_prev, n_C, **options):
    W = np.random.default_rng(0).normal(size=(3, 3, A_prev.shape[3], n_C))
    Z, _ = steps.conv_forward(A_prev, W, np.zeros((1, 1, 1, n_C)), {"stride": 1, "pad": 0, **options})
    return Z


QUARTERS = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]], dtype=float).reshape(1, 4, 4, 1)


SIX_BY_SIX = np.array(
    [
        [3, 0, 1, 2, 7, 4],
        [1, 5, 8, 9, 3, 1],
        [2, 7, 2, 5, 1, 3],
        [0, 1, 3, 1, 7, 8],
        [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
    ]
)
SEVEN_BY_SEVEN = np.array(
    [
        [2, 3, 7, 4, 6, 2, 9],
        [6, 6, 9, 8, 7, 4, 3],
        [3, 4, 8, 3, 8, 9, 7],
        [7, 8, 3, 6, 6, 3, 4],
        [4, 2, 1, 8, 3, 4, 6],
        [3, 2, 4, 1, 9, 8, 3],
        [0, 1, 3, 9, 2, 1, 4],
    ]
)
STRIDED_FILTER = np.array([[3, 4, 4], [1, 0, 2], [-1, 0, 3]])


def test_fact_02_the_vertical_filter_on_a_picture_of_6_by_6(edges):
    vertical = edges.edge_kernel("prewitt", "vertical")
    assert vertical.tolist() == [[1, 0, -1]] * 3
    expected = [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]
    assert edges.cross_correlate(SIX_BY_SIX, vertical).tolist() == expected


def test_fact_03_a_step_down_is_positive_and_a_step_up_negative(edges):
    vertical = edges.edge_kernel("prewitt", "vertical")
    step = np.array([[10, 10, 10, 0, 0, 0]] * 6)
    assert edges.cross_correlate(step, vertical).tolist() == [[0, 30, 30, 0]] * 4
    assert edges.cross_correlate(step[:, ::-1], vertical).tolist() == [[0, -30, -30, 0]] * 4


def test_fact_04_the_checker_under_the_horizontal_filter(edges):
    checker = np.kron([[10, 0], [0, 10]], np.ones((3, 3)))
    expected = [[0, 0, 0, 0], [30, 10, -10, -30], [30, 10, -10, -30], [0, 0, 0, 0]]
    assert edges.cross_correlate(checker, edges.edge_kernel("prewitt", "horizontal")).tolist() == expected


def test_fact_05_sobel_and_scharr_can_be_learned_and_so_can_other_angles(edges):
    sobel, scharr = (edges.edge_kernel(kind, "vertical") for kind in ("sobel", "scharr"))
    assert sobel.tolist() == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
    assert scharr.tolist() == [[3, 0, -3], [10, 0, -10], [3, 0, -3]]
    image = np.random.default_rng(0).normal(size=(24, 24))
    turned = [np.cos(angle) * sobel + np.sin(angle) * sobel.T for angle in np.deg2rad([45, 70])]
    for wanted in (sobel, scharr, *turned):
        target = edges.cross_correlate(image, wanted)
        np.testing.assert_allclose(edges.learn_kernel(image, target, 200, 0.3), wanted, atol=1e-6)


def test_fact_06_sizes_same_padding_and_how_often_a_pixel_counts(edges):
    for n, f, p, s in product(range(6, 18), range(1, 7), range(3), range(1, 5)):
        assert edges.output_size(n, f, p, s) == np.floor((n + 2 * p - f) / s) + 1
    for f in (1, 3, 5, 7):
        assert edges.same_padding(f) == (f - 1) / 2
        assert edges.cross_correlate(np.ones((8, 9)), np.ones((f, f)), "same").shape == (8, 9)
    assert edges.same_padding(3, 7, 2) == (7 * 2 - 7 + 3 - 2) / 2
    assert edges.output_size(7, 3, edges.same_padding(3, 7, 2), 2) == 7
    with pytest.raises(ValueError):
        edges.same_padding(4)
    windows_of = edges.cross_correlate(
        np.ones((4, 4)), np.ones((3, 3)), padding=2
    )  # 4 x 4 windows, 6 x 6 pixels
    assert (windows_of[0, 0], windows_of[2, 3]) == (1, 9)


def test_fact_07_stride_2_on_a_picture_of_7_by_7(edges):
    strided = edges.cross_correlate(SEVEN_BY_SEVEN, STRIDED_FILTER, stride=2)
    assert strided.tolist() == [[91, 100, 88], [69, 91, 117], [44, 72, 74]]


def test_fact_08_convolution_flips_the_kernel_and_is_associative(edges):
    kernel, point = np.array([[3, 4, 5], [1, 0, 2], [-1, 9, 7]]), np.zeros((5, 5))
    point[2, 2] = 1
    assert edges.cross_correlate(point, kernel).tolist() == [[7, 9, -1], [2, 0, 1], [5, 4, 3]]
    assert edges.convolve(point, kernel).tolist() == kernel.tolist()

    A, B, C = SIX_BY_SIX, kernel, STRIDED_FILTER
    one_by_one = edges.convolve(edges.convolve(A, B), C)
    assert edges.convolve(A, edges.convolve(B, C, padding=2)).tolist() == one_by_one.tolist()
    unturned = edges.cross_correlate(edges.cross_correlate(A, B), C)
    assert edges.cross_correlate(A, edges.cross_correlate(B, C, padding=2)).tolist() != unturned.tolist()


def test_fact_01_a_dense_layer_on_a_large_picture_has_3_billion_weights(application):
    assert torch.zeros(3, 64, 64).numel() == 12_288
    large = torch.empty(3, 1000, 1000, device="meta").numel()
    assert large == 3_000_000
    assert application.dense_parameters(large, 1000, bias=False) == 3_000_000_000


def test_fact_09_volumes_and_filters(steps):
    image = np.random.default_rng(1).normal(size=(1, 6, 6, 3))
    assert convolve(steps, image, 1).shape == (1, 4, 4, 1)
    assert convolve(steps, image, 2).shape == (1, 4, 4, 2)

    red_only = np.zeros((3, 3, 3, 1))
    red_only[:, :, 0] = 1.0
    no_bias, options = np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0}
    other_green_and_blue = np.concatenate([image[..., :1], image[..., 1:] + 5.0], axis=3)
    before, _ = steps.conv_forward(image, red_only, no_bias, options)
    after, _ = steps.conv_forward(other_green_and_blue, red_only, no_bias, options)
    np.testing.assert_array_equal(before, after)
    all_colours, _ = steps.conv_forward(image, np.ones((3, 3, 3, 1)), no_bias, options)
    changed, _ = steps.conv_forward(other_green_and_blue, np.ones((3, 3, 3, 1)), no_bias, options)
    assert not np.allclose(all_colours, changed)


def test_fact_10_ten_filters_have_280_parameters_whatever_the_image(steps):
    W, b = np.ones((3, 3, 3, 10)), np.ones((1, 1, 1, 10))
    assert W.size + b.size == 280
    for side in (5, 9):
        A_prev = np.ones((1, side, side, 3))
        Z, cache = steps.conv_forward(A_prev, W, b, {"stride": 1, "pad": 0})
        _, dW, db = steps.conv_backward(np.ones(Z.shape), cache)
        assert dW.size + db.size == 280


def test_fact_11_three_convolutions_make_39_x_39_x_3_to_1960_numbers(application):
    layers = [("a", "Conv2d", 3, 10, 3), ("b", "Conv2d", 10, 20, 5, 2), ("c", "Conv2d", 20, 40, 5, 2)]
    rows = application.layer_table(stack([*layers, ("flat", "Flatten")]), (3, 39, 39))
    assert [shape for _, shape, _, _ in rows] == [(10, 37, 37), (20, 17, 17), (40, 7, 7), (1960,)]


def test_fact_12_pooling(steps):
    A, _ = steps.pool_forward(QUARTERS, {"f": 2, "stride": 2}, "max")
    assert A[0, :, :, 0].tolist() == [[9, 2], [6, 3]]

    maps = np.random.default_rng(0).normal(size=(1, 7, 7, 1000))
    collapsed, _ = steps.pool_forward(maps, {"f": 7, "stride": 1}, "average")
    assert collapsed.shape == (1, 1, 1, 1000)
    np.testing.assert_allclose(collapsed[0, 0, 0, 17], sum(maps[0, :, :, 17].ravel()) / 49)

    both = np.concatenate([QUARTERS, -QUARTERS], axis=3)
    first, _ = steps.pool_forward(both, {"f": 2, "stride": 2}, "max")
    assert first[..., :1].tolist() == A.tolist()
    assert first[0, :, :, 1].tolist() == [[-1, -1], [-1, -1]]


def test_erratum_01_the_strided_products_are_88_and_117(edges):
    for row, column, printed, right in ((0, 2, 83, 88), (1, 2, 127, 117)):
        window = SEVEN_BY_SEVEN[2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        assert np.vdot(window, STRIDED_FILTER) == right != printed
        assert edges.cross_correlate(SEVEN_BY_SEVEN, STRIDED_FILTER, stride=2)[row, column] == right


def test_erratum_07_scharr_has_a_ten_and_sizes_round_down(edges):
    scharr, wall = edges.edge_kernel("scharr", "vertical"), np.full((5, 5), 4.0)
    assert scharr[1].tolist() == [10, 0, -10]
    assert edges.cross_correlate(wall, scharr).tolist() == np.zeros((3, 3)).tolist()
    printed = scharr.copy()
    printed[1, 0] = 0
    assert edges.cross_correlate(wall, printed).tolist() == np.full((3, 3), -40.0).tolist()
    assert edges.output_size(8, 3, s=2) == 3 != np.ceil((8 - 3) / 2) + 1


def test_fact_13_the_table_of_the_digit_net(application):
    rows = application.layer_table(application.DigitNet(), (3, 32, 32))
    assert [row for row in rows if row[0] != "flatten"] == [
        ("conv1", (8, 28, 28), 6272, 608),
        ("pool1", (8, 14, 14), 1568, 0),
        ("conv2", (16, 10, 10), 1600, 3216),
        ("pool2", (16, 5, 5), 400, 0),
        ("fc3", (120,), 120, 48120),
        ("fc4", (84,), 84, 10164),
        ("logits", (10,), 10, 850),
    ]


def test_fact_14_456_parameters_in_place_of_14_million(application):
    outputs = torch.nn.Conv2d(3, 6, 5)(torch.zeros(1, 3, 32, 32)).numel()
    assert outputs == 28 * 28 * 6
    assert application.dense_parameters(3072, outputs, bias=False) == 3072 * 4704 == 14_450_688
    assert application.conv_parameters(5, 3, 6) == 456


def test_erratum_02_the_three_channels_count_and_28_x_28_x_6_is_4704(application):
    ((_, _, outputs, parameters),) = application.layer_table(
        stack([("conv", "Conv2d", 3, 6, 5)]), (3, 32, 32)
    )
    assert parameters == application.conv_parameters(5, 3, 6) == 456 != (5 * 5 + 1) * 6
    assert outputs == 28 * 28 * 6 == 4704


def test_erratum_08_the_max_pool_example_is_9_2_6_3(steps):
    A, _ = steps.pool_forward(QUARTERS, {"f": 2, "stride": 2})
    assert A[0, :, :, 0].tolist() == [[9, 2], [6, 3]] != [[1, 2], [3, 2]]


def test_erratum_11_eight_filters_and_5_x_5_x_16_after_the_second_pooling(application):
    rows = {name: shape for name, shape, _, _ in application.layer_table(application.DigitNet(), (3, 32, 32))}
    assert rows["conv1"] == (8, 28, 28)
    assert rows["pool2"] == (16, 5, 5)


def test_erratum_13_every_tied_maximum_gets_the_full_gradient(steps):
    flat = np.zeros((1, 2, 2, 1))
    dA = np.full((1, 1, 1, 1), 5.0)
    ours = steps.pool_backward(dA, (flat, {"f": 2, "stride": 2}), "max")
    assert ours[0, :, :, 0].tolist() == [[5, 5], [5, 5]]

    leaf = torch.zeros(1, 1, 2, 2, dtype=torch.float64, requires_grad=True)
    pooled = torch.nn.functional.max_pool2d(leaf, 2)
    (theirs,) = torch.autograd.grad(pooled, leaf, torch.full((1, 1, 1, 1), 5.0, dtype=torch.float64))
    assert theirs[0, 0].tolist() == [[5, 0], [0, 0]]


@pytest.mark.parametrize(("n", "f", "stride"), [(4, 2, 2), (5, 2, 3), (9, 3, 2), (7, 3, 3), (6, 6, 1)])
def test_erratum_18_the_size_after_pooling(steps, n, f, stride):
    A, _ = steps.pool_forward(np.zeros((1, n, n + stride, 1)), {"f": f, "stride": stride})
    windows = [start for start in range(n) if start % stride == 0 and start + f <= n]
    assert A.shape == (1, len(windows), len(windows) + 1, 1)
    assert len(windows) == (n - f) // stride + 1


def test_erratum_21_depth_is_what_comes_in_and_biases_are_what_goes_out(steps):
    A_prev, W, b = np.ones((1, 4, 4, 2)), np.ones((3, 3, 2, 5)), np.arange(5.0).reshape(1, 1, 1, 5)
    Z, _ = steps.conv_forward(A_prev, W, b, {"stride": 1, "pad": 0})
    assert Z.shape == (1, 2, 2, 5)
    assert Z[0, 0, 0].tolist() == [18, 19, 20, 21, 22]


@pytest.fixture
def classic():
    return lesson("week2_deep_models/classic_networks")


def count(model):
    return sum(parameter.numel() for parameter in model.parameters())


def shapes_of(classic, model, shape):
    return [classic.volume(stage) for _, stage, _ in classic.stages(model, shape)]


def test_fact_15_lenet_5_and_why_the_paper_counts_60_000(classic):
    stages = ["32 x 32 x 1", "28 x 28 x 6", "14 x 14 x 6", "10 x 10 x 16", "5 x 5 x 16", "120", "84", "10"]
    assert shapes_of(classic, classic.lenet_in_a_row(), (1, 32, 32)) == stages
    assert count(classic.LeNet5()) == count(classic.lenet_in_a_row()) == 61_706
    # The paper: six filters see 3 channels, nine see 4, one sees all 6; poolings learn a factor and a bias; the last
    # layer learns nothing.
    second = sum(25 * seen + 1 for seen in [3] * 6 + [4] * 9 + [6])
    whole, last = count(classic.LeNet5().conv2), count(classic.LeNet5().logits)
    assert (second, whole, last) == (1516, 2416, 850)
    assert 61_706 - whole + second + 2 * (6 + 16) - last == 60_000
    row, net = classic.lenet_in_a_row(), classic.LeNet5()
    row.load_state_dict(dict(zip(row.state_dict(), net.state_dict().values(), strict=True)))
    x = torch.rand(2, 1, 32, 32)
    torch.testing.assert_close(row(x), net(x))


def test_fact_16_alexnet_in_one_column_and_in_two_groups(classic):
    stages = [
        "227 x 227 x 3",
        "55 x 55 x 96",
        "27 x 27 x 96",
        "27 x 27 x 256",
        "13 x 13 x 256",
        "13 x 13 x 384",
    ]
    stages += ["13 x 13 x 384", "13 x 13 x 256", "6 x 6 x 256", "4096", "4096", "1000"]
    alexnet = classic.AlexNet(device="meta")
    assert shapes_of(classic, alexnet, (3, 227, 227)) == stages
    assert alexnet.dense1.in_features == 9216
    assert count(alexnet) == 62_378_344
    halved = sum(layer.weight.numel() // 2 for layer in (alexnet.conv2, alexnet.conv4, alexnet.conv5))
    assert count(alexnet) - halved == 60_965_224


def test_fact_17_vgg_16_by_its_rule(classic):
    vgg = classic.VGG16(device="meta")
    convolutions = [layer for layer in vgg if isinstance(layer, torch.nn.Conv2d)]
    poolings = [layer for layer in vgg if isinstance(layer, torch.nn.MaxPool2d)]
    assert {(layer.kernel_size, layer.stride, layer.padding) for layer in convolutions} == {
        ((3, 3), (1, 1), (1, 1))
    }
    assert {(layer.kernel_size, layer.stride) for layer in poolings} == {(2, 2)}
    assert list(dict.fromkeys(layer.out_channels for layer in convolutions)) == [64, 128, 256, 512]
    assert (len(convolutions), len(poolings), count(vgg)) == (13, 5, 138_357_544)
    assert sum(count(layer) for layer in vgg if isinstance(layer, torch.nn.Linear)) > 0.89 * count(vgg)
    assert count(classic.VGG16(blocks=(2, 2, 4, 4, 4), device="meta")) == 143_667_240
    early = sum(torch.Size(shape).numel() for _, shape, _ in classic.stages(vgg, (3, 224, 224))[:6])
    assert 4 * early > 0.6 * classic.activation_memory(vgg, (3, 224, 224))


ALONE = r"""
import re
from pathlib import Path
from tests.course.test_facts import lesson

classic = lesson("week2_deep_models/classic_networks")
# Its own peak: ru_maxrss begins with that of the process that started it.
peak = lambda: 1024 * int(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text()).group(1))
classic.activation_memory(classic.LeNet5().to("meta"), (1, 32, 32))  # loads what torch needs for meta
before = peak()
{work}
print(peak() - before)
"""


def grown(repository, work):
    """Bytes by which some work raises the peak memory of a fresh process."""
    command = [sys.executable, "-c", ALONE.format(work=work)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True, timeout=120)
    return int(done.stdout.split()[-1])


def test_fact_17_vgg_16_on_meta_takes_no_memory(repository):
    work = (
        "classic.activation_memory(classic.VGG16(device='meta'), (3, 224, 224)); classic.VGG16(device='meta')"
    )
    assert grown(repository, work) < 50e6


def test_erratum_14_vgg_16_takes_61_mb_a_picture_and_115_with_the_copies(classic, repository):
    vgg = classic.VGG16(device="meta")
    counted = classic.activation_memory(vgg, (3, 224, 224))
    sides, widths = (224, 112, 56, 28, 14), (64, 128, 256, 512, 512)
    blocks = list(zip((2, 2, 3, 3, 3), sides, widths, strict=True))
    convolutions = sum(count * side * side * width for count, side, width in blocks)
    poolings = sum(side * side // 4 * width for _, side, width in blocks)
    assert counted == 4 * (3 * 224 * 224 + convolutions + poolings + 4096 + 4096 + 1000) == 4 * 15_237_608
    copies = 4 * convolutions
    assert (round(counted / 1e6), round((counted + copies) / 1e6)) == (61, 115)
    # The operating system's word: the convolutional part, everything kept; the weights are there before.
    work = (
        "import torch; torch.set_num_threads(1)\n"
        "part = classic.VGG16(device='meta')[:31].to_empty(device='cpu')\n"
        "[torch.nn.init.zeros_(weights) for weights in part.parameters()]\n"
        "part(torch.zeros(1, 3, 32, 32)); before = peak(); kept = [torch.zeros(1, 3, 224, 224)]\n"
        "with torch.no_grad():\n"
        "    for layer in part: kept.append(layer(kept[-1]))"
    )
    assert grown(repository, work) == pytest.approx(counted + copies, rel=0.25)


def test_erratum_22_normalisation_looks_at_five_neighbouring_channels(classic):
    alone = torch.zeros(1, 256, 1, 1)
    alone[0, 128] = 1e3
    changed = classic.local_response_norm(alone + 1) != classic.local_response_norm(torch.ones_like(alone))
    assert changed.flatten().nonzero().flatten().tolist() == [126, 127, 128, 129, 130]
    x = 100 * torch.randn(2, 256, 2, 3, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.local_response_norm(x, 5, alpha=5 * 1e-4, beta=0.75, k=2.0)
    torch.testing.assert_close(classic.local_response_norm(x), expected)


def test_fact_18_a_residual_block_adds_its_input_and_does_nothing_with_its_last_weights_at_0(residual):
    torch.manual_seed(0)
    block, x = residual.IdentityBlock((3, 4, 8)), torch.randn(2, 8, 5, 5)
    z = block.main(x)
    torch.testing.assert_close(block(x), (z + x).clamp(min=0))
    for layer in (block.main[-2], block.main[-1]):
        torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(block.main[-1].bias)
    assert torch.equal(block(x), torch.relu(x)) and torch.equal(block(x.abs()), x.abs())
    wide = residual.padding_shortcut(x, 16, 2)
    assert wide.shape == residual.ConvolutionalBlock(8, (3, 4, 16))(x).shape == (2, 16, 3, 3)
    assert torch.equal(wide[:, :8], x[:, :, ::2, ::2]) and not wide[:, 8:].any()


def test_fact_19_plain_nets_get_worse_in_training_error_when_deeper_residual_ones_do_not(residual):
    rows = json.loads((SOURCE / "week2_deep_models/recordings/residual_networks.json").read_text())
    ends: dict = {}
    for row in rows:
        for epochs in (5, 20):
            ends.setdefault((row["kind"], row["depth"], epochs), []).append(row["errors"][epochs - 1])
    assert {len(values) for values in ends.values()} == {3}
    depths = (8, 20, 32, 44)
    for shallow, deep in pairwise(depths):
        assert min(ends["plain", deep, 5]) > max(ends["plain", shallow, 5])
    for depth in depths:
        assert max(ends["residual", depth, 5]) < 4
    assert max(ends["plain", 32, 20]) < 6 and min(ends["plain", 44, 20]) > 10, (
        "the gap nearly closes at 32, not at 44"
    )
    with torch.device("meta"):
        assert sum(p.numel() for p in residual.ResNet50().parameters()) == 25_557_032


def test_erratum_17_a_residual_network_has_one_dense_layer_at_its_end(residual):
    with torch.device("meta"):
        layers = [*residual.ResNet50().modules()]
    dense = [layer for layer in layers if isinstance(layer, torch.nn.Linear)]
    assert dense == layers[-1:]
    assert sum(p.numel() for p in dense[0].parameters()) == 2_049_000


def test_fact_20_a_filter_of_one_pixel_is_a_dense_layer_at_each_of_36_positions(inception):
    x, W = torch.randn(1, 32, 6, 6), torch.randn(5, 32)
    out, positions = inception.pointwise(x, W), 0
    for row, column in product(range(6), range(6)):
        dense = torch.nn.functional.linear(x[:, :, row, column], W)
        torch.testing.assert_close(out[:, :, row, column], dense, rtol=1e-4, atol=1e-4)
        positions += 1
    assert positions == 36
    assert inception.pointwise(torch.randn(1, 192, 28, 28), torch.randn(32, 192)).shape == (1, 32, 28, 28)


MODULE = (64, 96, 128, 16, 32, 32)


def without_branch(block, x, first, last):
    """The channels of a block's output that change when those of the parameters from `first` to `last` do."""
    before = block(x)
    with torch.no_grad():
        for parameter in list(block.parameters())[first:last]:
            parameter.zero_()
    changed = (block(x) != before).flatten(2).any(dim=2)[0]
    return changed.nonzero().flatten().tolist()


@torch.no_grad()
def test_fact_21_the_module_gives_64_and_128_and_32_and_32_channels(inception):
    block = inception.InceptionBlock(192, MODULE)
    x = torch.randn(1, 192, 28, 28)
    assert block(x).shape == (1, 64 + 128 + 32 + 32, 28, 28) == (1, 256, 28, 28)
    starts = (0, 64, 192, 224, 256)
    for number, (first, last) in enumerate([(0, 2), (2, 6), (6, 10), (10, 12)]):
        changed = without_branch(inception.InceptionBlock(192, MODULE), x, first, last)
        assert set(changed) <= set(range(starts[number], starts[number + 1]))
        assert len(changed) > 0.9 * (starts[number + 1] - starts[number])


def test_fact_22_a_neck_of_16_channels_takes_a_tenth(inception):
    assert inception.multiplications(28, 28, 32, 5, 192) == 120_422_400
    neck, wide = inception.multiplications(28, 28, 16, 1, 192), inception.multiplications(28, 28, 32, 5, 16)
    assert (neck, wide, neck + wide) == (2_408_448, 10_035_200, 12_443_648)


def test_fact_23_side_branches_predict_from_hidden_layers_and_pull_at_the_early_ones_alone(inception):
    net, x, y = inception.SmallGoogLeNet(), torch.rand(3, 1, 28, 28), torch.tensor([1, 2, 3])
    outputs = net(x)
    assert [tuple(one.shape) for one in outputs] == [(3, 10)] * 3
    alone, with_sides = (
        torch.autograd.grad(
            inception.googlenet_loss(*outputs, y, weight), net.parameters(), retain_graph=True
        )
        for weight in (0.0, 0.3)
    )
    moved = {
        name
        for (name, _), a, b in zip(net.named_parameters(), alone, with_sides, strict=True)
        if (a != b).any()
    }
    assert {"stem.0.weight"} <= moved
    assert {name.split(".")[1] for name in moved if name.startswith("blocks")} == {
        "3a",
        "3b",
        "4a",
        "4b",
        "4c",
        "4d",
    }
    assert not any(name.startswith("head") for name in moved)

    before, first, second = net.eval()(x)
    assert first is None and second is None
    with torch.no_grad():
        for parameter in net.sides.parameters():
            parameter.zero_()
    assert torch.equal(net(x)[0], before)


def test_erratum_03_the_96_channels_go_into_3_x_3_and_the_16_into_5_x_5(inception):
    shapes = [tuple(p.shape) for p in inception.InceptionBlock(192, MODULE).parameters() if p.dim() == 4]
    assert (128, 96, 3, 3) in shapes
    assert (32, 16, 5, 5) in shapes


def test_erratum_20_without_the_last_one_by_one_the_module_gives_416_channels(inception):
    x = torch.randn(1, 192, 28, 28)
    sizes = [(192, 64, 1), (192, 128, 3), (192, 32, 5)]
    branches = [torch.nn.Conv2d(i, o, f, padding=f // 2)(x) for i, o, f in sizes]
    branches.append(torch.nn.functional.max_pool2d(x, 3, 1, 1))
    assert torch.cat(branches, dim=1).shape[1] == 64 + 128 + 32 + 192 == 416
    assert inception.InceptionBlock(192, MODULE)(x).shape[1] == 256


def test_fact_24_two_steps_take_672_multiplications_instead_of_2160(mobile):
    depthwise, pointwise, ratio = mobile.depthwise_separable_cost(4, 3, 3, 5)
    assert (depthwise, pointwise, depthwise + pointwise) == (432, 240, 672)
    assert ratio == pytest.approx(672 / 2160) == pytest.approx(1 / 5 + 1 / 9)
    assert round(ratio, 2) == 0.31
    volume, filters = torch.randn(1, 3, 6, 6), torch.randn(3, 3, 3)
    assert mobile.depthwise_separable(volume, filters, torch.randn(5, 3)).shape == (1, 5, 4, 4)
    ratios = [mobile.depthwise_separable_cost(28, 3, n_C_prev, 512)[2] for n_C_prev in (3, 64, 512)]
    assert [round(1 / one, 1) for one in ratios] == [8.8] * 3


def test_fact_25_v1_has_13_separable_blocks_and_v2_has_17_bottleneck_blocks(mobile):
    with torch.device("meta"):
        v1, v2 = mobile.mobilenet_v1(), mobile.MobileNetV2()
    depthwise = [one for one in v1.modules() if isinstance(one, torch.nn.Conv2d) and one.groups > 1]
    assert len(depthwise) == len(mobile.V1_BLOCKS) == 13
    assert all(one.groups == one.in_channels == one.out_channels for one in depthwise)
    assert sum(isinstance(one, mobile.InvertedResidual) for one in v2.modules()) == 17
    assert sum(p.numel() for p in v2.parameters()) == 3_504_872

    block, x = mobile.InvertedResidual(3, 3), torch.randn(2, 3, 7, 7)
    seen = []
    for layer in block.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(lambda _, given, out: seen.append((*given[0].shape, *out.shape)))
    out = block(x)
    assert seen == [(2, 3, 7, 7, 2, 18, 7, 7), (2, 18, 7, 7, 2, 18, 7, 7), (2, 18, 7, 7, 2, 3, 7, 7)]
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.zero_()
    assert torch.equal(block(x), x) and not torch.equal(out, x)


def test_fact_26_all_three_grow_together_for_about_1_92_times_the_cost(mobile):
    for phi in (1, 2, 3.5):
        depth, width, resolution = mobile.compound_scale(phi)
        assert (depth, width, resolution) == pytest.approx((1.2**phi, 1.1**phi, 1.15**phi))
        assert depth * width**2 * resolution**2 == pytest.approx(1.92**phi, rel=1e-3)


def test_erratum_04_the_ratio_is_672_to_2160_and_not_to_the_pointwise_240(mobile):
    depthwise, pointwise, ratio = mobile.depthwise_separable_cost(4, 3, 3, 5)
    assert ratio < 1 < (depthwise + pointwise) / pointwise
    ordinary = torch.nn.Conv2d(3, 5, 3)
    assert ordinary(torch.zeros(1, 3, 6, 6)).numel() * ordinary.weight[0].numel() == 2160
    assert ratio * 2160 == pytest.approx(672)


def test_erratum_22_mobilenet_v2_is_of_2018():
    text = (SOURCE / "week2_deep_models/mobilenet_and_efficientnet.py").read_text(encoding="utf-8")
    prose = " ".join(line.strip("# >") for line in text.splitlines())
    assert "that MobileNet v2 is of 2019. It was shown in January of **2018**" in prose
    assert re.search(r'Sandler.{1,80}"MobileNetV2.{1,60}\*CVPR\*, 2018', prose)


def recorded_transfer(part):
    file = SOURCE / "week2_deep_models/recordings/transfer_and_augmentation.json"
    return json.loads(file.read_text(encoding="utf-8"))[part]


def test_fact_27_freeze_all_on_features_from_disk_or_freeze_fewer_and_with_few_pictures_that_wins(
    transfer, tmp_path
):
    torch.manual_seed(0)
    x = torch.rand(4, 3, 64, 64)
    trained = transfer.nets.efficientnet_lite0()[:-1]
    before = {name: value.clone() for name, value in trained.state_dict().items()}
    moved = {}
    for frozen in (21, 12, 0):
        model = transfer.fine_tuned(transfer.nets.efficientnet_lite0()[:-1], frozen, 1280, 3)
        moved[frozen] = testing.moved(model, x, 1)
        still = model[0].state_dict()
        assert all(torch.equal(before[name], value) for name, value in still.items())
        assert frozen == 0 or "stem.norm.running_mean" in still
    assert len(moved[21]) == 2 < len(moved[12]) < len(moved[0])

    frozen, file = transfer.freeze_backbone(trained), tmp_path / "features.npy"
    features = transfer.cached_features(frozen, x, str(file))
    assert features.shape == (4, 1280) and file.stat().st_size > 4 * 1280 * 4
    assert torch.equal(transfer.cached_features(None, None, str(file)), features)

    for row in recorded_transfer("counts"):
        assert all(a > b + 10 for a, b in zip(row["frozen"], row["scratch"], strict=True))
        assert row["frozen"][2] > row["scratch"][-1], "five pictures a class, against fifty from scratch"
    ends: dict = {}
    for row in recorded_transfer("depths"):
        ends.setdefault((row["count"], row["seed"]), {})[row["frozen"]] = row["right"]
    for (count, _), right in ends.items():
        if count == 10:
            assert right["all"] == max(right.values())
        else:
            assert min(right.values()) > 80 and max(right.values()) < 91


def test_fact_28_seven_ways_to_change_a_picture_and_workers_that_do_it(transfer):
    draw = torch.Generator().manual_seed(0)
    image = 0.3 + 0.4 * torch.rand(3, 12, 15, generator=draw)
    assert torch.equal(transfer.mirror(transfer.mirror(image)), image)
    assert transfer.random_crop(image, 10, draw).shape == (3, 10, 10)
    for same in (
        transfer.rotate(image, 0.0), transfer.shear(image, 0.0), transfer.local_warp(image, torch.zeros(2, 3, 3)),
        transfer.color_shift(image, torch.zeros(3)), transfer.pca_color(image, torch.zeros(3)),
    ):  # fmt: skip
        torch.testing.assert_close(same, image, rtol=0, atol=1e-5)
    _, axes = torch.linalg.eigh(torch.cov(image.flatten(1)))
    shift = (transfer.pca_color(image, torch.tensor([0.5, 0.0, 0.0])) - image).mean((1, 2))
    assert torch.dot(shift, axes[:, 2]).abs() / shift.norm() == pytest.approx(1, abs=1e-4)

    pictures = transfer.AugmentedPictures(torch.rand(6, 3, 60, 60), torch.arange(6))
    here = torch.utils.data.DataLoader(pictures, batch_size=2)
    there = torch.utils.data.DataLoader(pictures, batch_size=2, num_workers=2, multiprocessing_context="fork")
    for (made, _), (received, _) in zip(here, there, strict=True):
        assert torch.equal(made, received)

    for row in recorded_transfer("asking"):  # they prepare for these changes, and for nothing else
        assert row["with, test changed"] > row["without, test changed"] + 5
        assert row["with augmentation"] < row["without augmentation"]


def test_fact_29_ten_crops_and_the_mean_of_outputs_never_of_weights(transfer):
    image = torch.rand(3, 9, 12)
    crops = transfer.ten_crop(image, 6)
    assert crops.shape == (2 * (1 + 4), 3, 6, 6) and torch.equal(crops[5:], crops[:5].flip(3))
    first, turned = torch.nn.Linear(2, 2, bias=False), torch.nn.Linear(2, 2, bias=False)
    hidden = [
        torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False), torch.nn.ReLU(), one)
        for one in (first, turned)
    ]
    with torch.no_grad():  # the same network twice, its two hidden units the other way round
        hidden[0][0].weight.copy_(torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
        first.weight.copy_(torch.tensor([[4.0, 0.0], [0.0, 4.0]]))
        hidden[1][0].weight.copy_(hidden[0][0].weight.flip(0))
        turned.weight.copy_(first.weight.flip(1))
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    alone = hidden[0](x).softmax(1)
    torch.testing.assert_close(transfer.ensemble(hidden, x), alone)
    mixed = torch.nn.Sequential(
        torch.nn.Linear(2, 2, bias=False), torch.nn.ReLU(), torch.nn.Linear(2, 2, bias=False)
    )
    mixed.load_state_dict(
        {name: (value + hidden[1].state_dict()[name]) / 2 for name, value in hidden[0].state_dict().items()}
    )
    torch.testing.assert_close(mixed(x).softmax(1), torch.full((2, 2), 0.5))
    for row in recorded_transfer("asking"):
        gain = row["five, mean of outputs"] - row["five alone, on average"]
        assert 1 < gain < 4 and row["five, mean of weights"] == pytest.approx(100 / 3, abs=0.1)
        assert 0 <= row["with, in ten looks"] - row["with augmentation"] <= 2


def shapes_through(model, x):
    """Rows, columns and channels of what comes in, and of what each layer with weights or a pooling gives."""
    shapes = [x.shape]
    for layer in model:
        x = layer(x)
        if not isinstance(layer, torch.nn.ReLU):
            shapes.append(x.shape)
    return [(*shape[2:], shape[1]) for shape in shapes]


def test_fact_32_a_convolutional_net_says_at_once_what_it_says_of_each_window(sliding):
    torch.manual_seed(0)
    model = sliding.notes_net()
    net = sliding.dense_to_conv(model)
    steps = [(14, 14, 3), (10, 10, 16), (5, 5, 16), (1, 1, 400), (1, 1, 400), (1, 1, 4)]
    assert shapes_through(net, torch.rand(1, 3, 14, 14)) == steps
    filters = [tuple(layer.weight.shape) for layer in net if isinstance(layer, torch.nn.Conv2d)]
    assert filters == [(16, 3, 5, 5), (400, 16, 5, 5), (400, 400, 1, 1), (4, 400, 1, 1)]
    for side, places in ((16, 2), (28, 8)):
        image = torch.rand(3, side, side)
        one_by_one, at_once = sliding.sliding_window_detect(image, model, 14, 2), net(image[None])[0]
        assert at_once.shape == (4, places, places)
        torch.testing.assert_close(at_once, one_by_one, rtol=0, atol=1e-5)


def test_erratum_16_there_are_64_windows_of_14_by_14(sliding):
    boxes = sliding.window_boxes(28, 28, 14, 2).reshape(-1, 4)
    assert len(boxes) == 64
    assert (boxes[:, 2:] - boxes[:, :2]).unique().tolist() == [14]


def test_erratum_19_the_first_filters_are_3_deep_and_the_pooled_volume_16(sliding):
    net = sliding.dense_to_conv(sliding.notes_net())
    assert tuple(net[0].weight.shape) == (16, 3, 5, 5)
    assert shapes_through(net, torch.rand(1, 3, 16, 16))[:3] == [(16, 16, 3), (12, 12, 16), (6, 6, 16)]


def test_fact_34_the_union_is_the_areas_less_the_intersection_and_only_the_same_box_gets_one(boxes):
    """Erratum 15: with the sum alone a box would have only a half in common with itself."""
    one = torch.tensor([[0.0, 0.0, 10.0, 10.0]])
    for shift, expected in ((0, 1.0), (5, 50 / 150), (10, 0.0)):
        moved = one + torch.tensor([shift, 0, shift, 0])
        assert boxes.pairwise_iou(one, moved).item() == pytest.approx(expected)
    others = one + torch.rand(200, 4, generator=torch.Generator().manual_seed(0)) * 0.1 + 1e-4
    assert (boxes.pairwise_iou(one, others) < 1).all() and boxes.pairwise_iou(one, one).item() == 1

    half = [
        {
            "boxes": torch.tensor([[0.0, 0.0, 10.0, 5.0]]),
            "scores": torch.ones(1),
            "classes": torch.zeros(1).long(),
        }
    ]
    truth = [{"boxes": one, "classes": torch.zeros(1).long()}]
    assert boxes.mean_average_precision(half, truth) == 1, "correct from 0.5"
    assert boxes.mean_average_precision(half, truth, 0.51) == 0


def test_fact_35_suppression_drops_what_is_unsure_then_what_overlaps_by_a_half_once_for_each_class(boxes):
    grid = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 5], [0, 0, 10, 10], [20, 0, 30, 10]]).reshape(
        2, 2, 1, 4
    )
    confidence = torch.tensor([1.0, 0.75, 0.875, 1.0]).reshape(2, 2, 1, 1)
    probabilities = torch.tensor([[0.0, 0.9], [0.0, 1], [1, 0], [0.4, 0.6]]).reshape(2, 2, 1, 2)
    sure = boxes.yolo_filter_boxes(grid, confidence, probabilities)
    assert sure[2].tolist() == [1, 1, 0, 1], "the last score equals the threshold of 0.6, and stays"
    assert sure[0].tolist() == pytest.approx([1.0 * 0.9, 0.75 * 1, 0.875 * 1, 1.0 * 0.6])
    scores, corners, classes = boxes.non_max_suppression(*sure)
    assert classes.tolist() == [1, 0, 1] and scores.tolist() == pytest.approx([0.9, 0.875, 0.6])
    assert torch.equal(corners, grid.reshape(4, 4)[[0, 2, 3]]), "the second has an IoU of 0.5 with the first"


def test_fact_36_anchors_are_found_by_k_means_and_an_object_goes_to_that_of_highest_iou(boxes):
    shapes = torch.tensor([[3.0, 1.0], [1.0, 4.0], [20.0, 20.0], [24.0, 24.0]])
    anchors = boxes.kmeans_anchors(shapes, 3)
    on_corner = [torch.cat([torch.zeros_like(sizes), sizes], dim=1) for sizes in (shapes, anchors)]
    assert boxes.pairwise_iou(*on_corner).argmax(dim=1).tolist() == [0, 1, 2, 2]
    straight = torch.cdist(shapes, shapes) + 100 * torch.eye(4)
    assert straight.argmin() == 1, "by the straight distance the two unlike small ones are nearest"
    # Failures: a third object in a cell of two anchors, and two objects of one anchor, have one place too few.
    for objects, k in ((shapes[[0, 1, 2]], 2), (shapes[[2, 3]], 3)):
        chosen = boxes.kmeans_anchors(shapes, k)
        both = [torch.cat([torch.zeros_like(sizes), sizes], dim=1) for sizes in (objects, chosen)]
        places = boxes.pairwise_iou(*both).argmax(dim=1).tolist()
        assert len(set(places)) < len(objects)


def test_fact_30_a_row_says_what_and_where_and_only_p_c_counts_where_there_is_nothing(localization):
    car = localization.encode_target((0.5, 0.7, 0.3, 0.4), 1, 3)
    torch.testing.assert_close(car, torch.tensor([1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]))
    assert localization.CLASSES == ("pedestrian", "car", "motorcycle")
    whole = localization.encode_target((0.5, 0.5, 1.0, 1.0), 0, 3)
    assert localization.corners(whole) == (0, 0, 1, 1)  # the top left and the bottom right

    nothing, wrong = localization.encode_target(None, None, 3), torch.full((8,), 0.6)
    for form in ("squared", "likelihood"):
        slope = testing.grad(localization.localization_loss, [wrong[None], car[None], form], 0)
        assert slope.count_nonzero() == 8
        slope = testing.grad(localization.localization_loss, [wrong[None], nothing[None], form], 0)
        assert slope[0, 0] > 0 and slope.count_nonzero() == 1
    squared = localization.localization_loss(wrong[None], car[None]).item()
    assert squared == pytest.approx(((wrong - car) ** 2).sum().item())
    likelihood = localization.localization_loss(wrong[None], car[None], "likelihood").item()
    chance = wrong[0].sigmoid() * wrong[5:].softmax(0)[1]
    assert likelihood == pytest.approx((-chance.log() + ((wrong - car)[1:5] ** 2).sum()).item())


def test_fact_31_64_landmarks_take_129_outputs_and_keep_their_order_in_the_mirror(localization):
    net = localization.LocationNet(129, range(1, 129, 2), range(2, 129, 2)).eval()
    assert net(torch.rand(2, 3, 64, 64)).shape == (2, 129)

    x, y = localization.faces(range(3), each=1, seed=0)
    x_mirrored, y_mirrored = localization.mirrored(x, y)
    assert torch.equal(x_mirrored, x.flip(3))
    left, right = (y_mirrored[:, 1 + 2 * number] for number in (0, 1))
    assert (left < right).all() and (y[:, 1] < y[:, 3]).all()
    torch.testing.assert_close(y_mirrored[:, 1], 1 - y[:, 3])
    again = localization.mirrored(x_mirrored, y_mirrored)
    torch.testing.assert_close(again[1], y)


def test_fact_34_intersection_over_union_is_1_for_the_same_box_only(localization):
    iou, box = localization.iou, (1.0, 2.0, 4.0, 6.0)
    assert iou(box, box) == 1
    for place, change in product(range(4), (-0.01, 0.01)):
        other = tuple(number + change * (place == at) for at, number in enumerate(box))
        assert 0.98 < iou(box, other) < 1
    assert iou(box, (2.0, 2.0, 5.0, 6.0)) == 0.5  # shifted by a third of its width: just correct
    shared, areas = 2 * 2, (4 * 4, 4 * 2)
    assert iou((0, 0, 4, 4), (2, 1, 6, 3)) == shared / (sum(areas) - shared) == 0.2


def test_erratum_09_height_comes_before_width(localization):
    row = localization.encode_target((0.1, 0.2, 0.3, 0.4), 0, 1).tolist()
    assert row == pytest.approx([1, 0.1, 0.2, 0.3, 0.4, 1])
    x1, y1, x2, y2 = localization.corners(row)
    assert (x2 - x1, y2 - y1) == pytest.approx((0.4, 0.3))


@pytest.fixture
def yolo():
    return lesson("week3_detection/yolo")


def the_car_of_the_notes():
    """Its middle at (2.4, 1.3) of 3 x 3 cells, 0.9 cells wide and 0.5 high."""
    return torch.tensor([[1.95, 1.05, 2.85, 1.55]]) / 3, torch.tensor([1])


def test_fact_33_the_cell_of_the_middle_has_the_object_and_measures_in_cells(yolo):
    boxes, classes = the_car_of_the_notes()
    y = yolo.encode_targets(boxes, classes, 3, torch.tensor([[1.0, 1.0]]), 3)
    assert y.reshape(3, 3, -1).shape == (3, 3, 8)
    assert y[..., 0].nonzero().tolist() == [[1, 2, 0]]
    torch.testing.assert_close(y[1, 2, 0], torch.tensor([1, 0.4, 0.3, 0.5, 0.9, 0, 1, 0]))
    whole = torch.tensor([[0.0, 0.0, 1.0, 1.0]])  # larger than a cell, and still in one
    large = yolo.encode_targets(whole, classes, 3, torch.tensor([[1.0, 1.0]]), 3)
    assert large[..., 3:5].sum() == large[1, 1, 0, 3:5].sum() == 6
    for grid, anchors, C, channels in [(3, 2, 3, 16), (19, 5, 3, 40), (19, 5, 80, 425)]:
        y = yolo.encode_targets(boxes, classes, grid, torch.ones(anchors, 2), C)
        assert y.shape == (grid, grid, anchors, 5 + C) and y.flatten(2).shape[2] == channels


def test_erratum_09_the_car_is_wider_than_high(yolo):
    y = yolo.encode_targets(*the_car_of_the_notes(), 3, torch.tensor([[1.0, 1.0]]), 3)
    b_h, b_w = y[1, 2, 0, 3:5].tolist()
    assert b_h == pytest.approx(0.5) and b_w == pytest.approx(0.9)


def test_fact_36_an_object_goes_to_the_anchor_of_highest_overlap_and_two_of_one_do_not_fit(yolo):
    tall_and_wide = torch.tensor([[1.0, 2.0], [3.0, 1.0]])
    boxes = torch.tensor([[0.4, 0.1, 0.6, 0.9], [0.1, 0.4, 0.9, 0.6]])  # of one middle, one tall and one wide
    classes = torch.tensor([0, 1])
    y = yolo.encode_targets(boxes, classes, 3, tall_and_wide, 2)
    assert y[..., 0].nonzero().tolist() == [[1, 1, 0], [1, 1, 1]]
    assert torch.equal(y[1, 1, :, 5:], torch.eye(2))
    alike = torch.cat([boxes[:1], boxes[:1] + 0.01])
    assert yolo.encode_targets(alike, classes, 3, tall_and_wide, 2)[..., 0].sum() == 1
    three = torch.cat([boxes, boxes[:1] + 0.01])  # more objects than anchors
    assert yolo.encode_targets(three, torch.tensor([0, 1, 1]), 3, tall_and_wide, 2)[..., 0].sum() == 2


def test_fact_37_yolov2_has_the_notes_parameters_and_its_passthrough(yolo):
    model = yolo.YOLOv2(device="meta")
    shapes = {}
    for name, layer in model.named_children():
        layer.register_forward_hook(
            lambda layer, inputs, output, name=name: shapes.update({name: tuple(output.shape)})
        )
    raw = model(torch.empty(1, 3, 608, 608, device="meta"))
    learned = sum(parameter.numel() for parameter in model.parameters())
    remembered = sum(value.numel() for name, value in model.named_buffers() if "running" in name)
    assert (learned, remembered, learned + remembered) == (50_962_889, 20_672, 50_983_561)
    assert shapes["narrow"] == (1, 64, 38, 38) and shapes["out"] == (1, 425, 19, 19)
    assert yolo.space_to_depth(torch.empty(shapes["narrow"], device="meta")).shape == (1, 256, 19, 19)
    assert model.last[0].in_channels == 1280 and raw.shape == (1, 19, 19, 5, 85)
    x = torch.rand(2, 3, 8, 6)
    torch.testing.assert_close(  # the reordering is torch's, with the channels in another order
        yolo.space_to_depth(x),
        torch.nn.functional.pixel_unshuffle(x, 2).reshape(2, 3, 4, 4, 3).transpose(1, 2).reshape(2, 12, 4, 3),
    )


def test_fact_39_prints_are_scaled_and_added_and_skips_bring_low_level_detail(unet):
    x = torch.tensor([[[2.0, 1.0], [3.0, 2.0]]])
    W = torch.tensor([[[[1.0, 2.0, 1.0], [2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]]])
    expected = torch.tensor([[[0.0, 4, 0, 1], [10, 7, 6, 3], [0, 7, 0, 2], [6, 3, 4, 2]]])
    assert torch.equal(unet.transpose_conv(x, W, 2, 1, 1), expected)
    one, two = unet.transpose_conv(x, W, 2), unet.transpose_conv(5 * x, W, 2)
    assert torch.equal(5 * one, two) and one[0, 2, 2] == 2 * 1 + 1 * 0 + 3 * 1 + 2 * 1

    model = unet.UNet(3, 8).eval()
    seen = []
    for step in model.modules():
        if isinstance(step, unet.UpsamplingBlock):
            step.register_forward_pre_hook(
                lambda _, given: seen.append((*given[0].shape[1:], *given[1].shape[1:]))
            )
    assert model(torch.zeros(1, 3, 64, 64)).shape == (1, 8, 64, 64)
    assert seen == [(128, 8, 8, 64, 16, 16), (64, 16, 16, 32, 32, 32), (32, 32, 32, 16, 64, 64)]

    file = SOURCE / "week3_detection/recordings/unet_segmentation.json"
    rows = {(row["kind"], row["seed"]): row for row in json.loads(file.read_text(encoding="utf-8"))}
    for seed in range(3):
        kept, lost = rows["with skips", seed], rows["without", seed]
        assert kept["mean IoU"] > lost["mean IoU"]
        assert kept["at edges"] - lost["at edges"] > kept["inside"] - lost["inside"]


def test_erratum_12_u_net_is_of_2015():
    text = (SOURCE / "week3_detection/unet_segmentation.py").read_text(encoding="utf-8")
    prose = " ".join(line.strip("# >") for line in text.splitlines())
    assert "that U-Net is of 2017. It is of **2015**" in prose
    assert re.search(r'Ronneberger.{1,40}"U-Net.{1,90}\*MICCAI\*, 2015', prose)


def test_merging_neighbours_gives_a_box_for_each_merge_the_smallest_common_one_first(regions):
    labels = np.array([[0, 0, 0, 1, 2, 2], [0, 0, 0, 1, 3, 4]])
    expected = [[4, 1, 6, 2], [4, 0, 6, 2], [3, 0, 6, 2], [0, 0, 6, 2]]
    assert regions.merged_boxes(labels).tolist() == expected
    assert regions.merged_boxes(np.zeros((3, 4), dtype=int)).shape == (0, 4)


def test_the_librarys_small_yolo_is_that_of_lesson_3_4(yolo):
    theirs, ours = yolo.StreetYolo().eval(), StreetYolo().eval()
    assert type(theirs) is not StreetYolo
    state = load_file(SOURCE.parent / "reference/yolo/streets.safetensors")
    for model in (theirs, ours):
        model.load_state_dict(state)
    x = torch.randint(0, 256, (2, 3, 128, 128), dtype=torch.uint8)
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4)


def test_fact_38_a_pass_for_each_region_or_one_and_a_corrected_box_for_each(regions):
    passes = {}
    for name, model in (("alone", regions.alone), ("shared", regions.shared)):
        model.backbone.register_forward_hook(
            lambda net, given, out, name=name: passes.update({name: passes.get(name, 0) + len(out)})
        )
    x = 255 * torch.rand(3, 128, 128)
    low = 100 * torch.rand(30, 2)
    boxes = torch.cat([low, low + 10 + 15 * torch.rand(30, 2)], 1)
    with torch.no_grad():
        regions.r_cnn(x, boxes)
        assert passes == {"alone": len(boxes)}
        fast = regions.fast_r_cnn(x, boxes)
        assert passes == {"alone": len(boxes), "shared": 1}
        regions.faster_r_cnn(x)
        assert passes == {"alone": len(boxes), "shared": 2}
        features = regions.shared.features(x[None])[0]
        _, offsets = regions.shared.judge(regions.roi_pool(features, boxes, 4, 8))
    corrected = regions.apply_offsets(boxes, offsets, 128, 128)
    assert not torch.equal(corrected, boxes)
    assert all((box == corrected).all(1).any() for box in fast["boxes"])


def test_fact_46_a_line_of_14_and_a_block_of_14_become_6_long_behind_32_filters(dimensions):
    for convolve_forward, directions in ((dimensions.conv1d_forward, 1), (dimensions.conv3d_forward, 3)):
        x = torch.randn(1, 1, *[14] * directions)
        for n_C_prev, n_C, side in ((1, 16, 10), (16, 32, 6)):
            W, b = torch.randn(n_C, n_C_prev, *[5] * directions), torch.randn(n_C)
            x = convolve_forward(x, W, b)
            assert x.shape == (1, n_C, *[side] * directions)
        layer = [torch.nn.Conv1d, None, torch.nn.Conv3d][directions - 1](16, 32, 5)
        assert layer.weight[0].numel() == {1: 80, 3: 2000}[directions]


def test_fact_45_content_place_by_place_style_by_gram_matrices_and_both_weighted(styles):
    rng = np.random.default_rng(45)
    a_S, a_G = (torch.tensor(rng.normal(size=(1, 5, 4, 3)), dtype=torch.float64) for _ in range(2))
    distance = np.sqrt(
        sum((s - g) ** 2 for s, g in zip(a_S.ravel().tolist(), a_G.ravel().tolist(), strict=True))
    )
    assert styles.content_cost(a_S, a_G).item() == pytest.approx(distance**2 / 2)
    A = a_G[0].flatten(1)
    gram = styles.gram_matrix(A)
    assert gram.shape == (5, 5) and torch.allclose(gram, gram.T)
    assert torch.linalg.eigvalsh(gram).min() >= -1e-9
    assert torch.allclose(styles.gram_matrix(A[:, torch.tensor(rng.permutation(12))]), gram)
    gap = torch.einsum("bkhw,blhw->kl", a_S, a_S) - torch.einsum("bkhw,blhw->kl", a_G, a_G)
    layer = styles.layer_style_cost(a_S, a_G)
    assert layer.item() == pytest.approx(torch.linalg.matrix_norm(gap).item() ** 2 / (2 * 4 * 3 * 5) ** 2)
    both = styles.style_cost({"a": a_S, "b": a_G}, {"a": a_G, "b": a_S}, {"a": 0.25, "b": 3.0})
    assert both.item() == pytest.approx(3.25 * layer.item())
    assert styles.total_cost(torch.tensor(2.0), torch.tensor(3.0)).item() == 10 * 2 + 40 * 3


def test_erratum_10_a_style_twice_as_far_off_costs_four_times_as_much(styles):
    a_S, a_G = torch.zeros(1, 2, 3, 4), torch.ones(1, 2, 3, 4)
    near, far = (styles.layer_style_cost(a_S, 2**power * a_G).item() for power in (0, 0.5))
    assert far == pytest.approx(4 * near)
    assert near == pytest.approx(np.linalg.norm(np.full((2, 2), 12.0)) ** 2 / (2 * 24) ** 2)


def test_erratum_15_the_gram_matrix_has_a_row_and_a_column_for_each_channel(styles):
    F = torch.arange(24.0).reshape(8, 3)  # HW x C, as the note has it
    assert torch.equal(styles.gram_matrix(F.T), F.T @ F) and styles.gram_matrix(F.T).shape == (3, 3)


def test_the_painting_comes_nearer_to_its_style_and_stays_nearer_to_its_content_than_the_style_is(styles):
    from cnnkit.data import painting, photo

    steps = list(styles.paint(photo("china"), painting(), size=(48, 64), steps=12))
    assert [step for step, *_ in steps] == list(range(1, 13))
    assert steps[-1][1].shape == (48, 64, 3) and steps[-1][1].dtype == np.uint8
    contents, costs = ([one[place] for one in steps] for place in (2, 3))
    assert costs[-1] < costs[0] / 2 and contents[-1] < 0.8


@pytest.fixture
def looking():
    return lesson("week4_faces_and_art/what_convnets_learn")


def flat_colours():
    """The eight corners of the cube of colours, as pictures of 8 x 8 without any edge, and their names."""
    colours = torch.tensor(list(product((0.0, 255.0), repeat=3)))
    names = ["black", "blue", "green", "cyan", "red", "magenta", "yellow", "white"]
    return colours[:, :, None, None].expand(8, 3, 8, 8), names


def test_fact_44_the_first_layer_answers_to_edges_and_colours(looking):
    net = looking.nets.efficientnet_lite0()
    pictures, names = flat_colours()
    answers = looking.features(net, looking.nets.normalise(pictures), ["stem.norm"])["stem.norm"][:, :, 2, 2]
    assert [names[n] for n in answers[:, [4, 3]].argmax(dim=0).tolist()] == ["red", "blue"]
    assert names[answers[:, 18].argmax()] == "green"  # though its nine patches in the album are yellow
    edge = torch.zeros(8, 8)
    edge[:, :6] = 255.0  # light at the left: the units of column 2 see columns 4 to 6
    turned = torch.stack([edge, 255 - edge, edge.T, 255 - edge.T, torch.full((8, 8), 255.0)])
    x = looking.nets.normalise(turned[:, None].expand(-1, 3, -1, -1))
    upright, lying = looking.features(net, x, ["stem.norm"])["stem.norm"][:, [15, 6], 2, 2].T
    assert upright.argmax() == 0 and upright[0] > 5 * upright[1:].max()  # light beside dark
    assert lying.argmax() == 3 and lying[[0, 2, 4]].max() < 0  # dark above light


def test_fact_44_deeper_units_see_larger_patches_and_nothing_else(looking):
    net, (pictures, _) = looking.nets.efficientnet_lite0(), looking.album(2, 1)
    x, sides = looking.as_input(pictures[::3]), []
    for layer, unit in [("stem.norm", 15), ("block2.depthwise.norm", 72), ("block4.depthwise.norm", 105)]:
        _, which, boxes = looking.top_patches(net, layer, unit, x, 3)
        size, _ = looking.receptive_field([(f, s) for f, s, _ in looking.steps_to(net, layer)])
        sides.append(size)
        for number, (x1, y1, x2, y2) in zip(which.tolist(), boxes.tolist(), strict=True):
            assert max(x2 - x1, y2 - y1) <= size and (x2 - x1 == size or x1 == 0 or x2 == 224)
            place = looking.maps_of(net, layer, x)[number, unit].argmax()
            alone, less = torch.zeros_like(x[:1]), torch.zeros_like(x[:1])
            alone[:, :, y1:y2, x1:x2] = x[number, :, y1:y2, x1:x2]
            less[:, :, y1 + 1 : y2 - 1, x1 + 1 : x2 - 1] = x[number, :, y1 + 1 : y2 - 1, x1 + 1 : x2 - 1]
            values = looking.features(net, torch.cat([x[number, None], alone, less]), [layer])[layer]
            whole, patch, shrunk = values[:, unit].flatten(1)[:, place].tolist()
            assert patch == pytest.approx(whole, abs=1e-4) and abs(shrunk - whole) > 1e-3
    assert sides == sorted(set(sides))


def test_fact_44_deeper_units_answer_to_textures_and_things(looking):
    net, (pictures, names) = looking.nets.efficientnet_lite0(), looking.album(6, 1)
    kinds, x = [name.split()[0] for name in names], looking.as_input(pictures)
    for layer, unit, wanted in [
        ("block7.depthwise.norm", 277, {"grass", "gravel", "flower"}),
        ("head.norm", 1183, {"brick"}),
        ("head.norm", 1121, {"motorcycle", "coins"}),
    ]:
        best = looking.maps_of(net, layer, x)[:, unit].flatten(1).amax(dim=1)
        own = torch.tensor([kind in wanted for kind in kinds])
        assert best[own].mean() > best[~own].mean() + 2 * best.std() / len(best) ** 0.5, layer


FACES = SOURCE / "week4_faces_and_art/face_recognition.py"


def said_of_faces() -> str:
    """The lesson's text on one line."""
    return " ".join(line.strip("# >") for line in FACES.read_text(encoding="utf-8").splitlines())


def test_fact_40_one_comparison_or_k_of_them_and_99_percent_is_not_enough(faces):
    stored, image = torch.full((4,), 0.5), torch.full((1, 2, 2), 0.5)
    model, known = torch.nn.Flatten(), {"Ida": stored, "Leo": "no encoding"}
    assert faces.verify(image, "Ida", known, model, 0.5) == (0.0, True)  # 1:1 does not look at Leo
    with pytest.raises(TypeError):
        faces.who_is_it(image, known, model, 0.5)  # 1:K does

    tosses = np.random.default_rng(1).random((200_000, 100), dtype=np.float32)
    for accuracy, mistaken in ((0.99, 0.634), (0.999, 0.095)):
        assert round(1 - accuracy**100, 3) == mistaken
        assert abs((tosses >= accuracy).any(axis=1).mean() - mistaken) < 0.005
    assert round(0.99**100, 3) == 0.366 and "$0.99^{100} = 0.366$" in said_of_faces()


def test_fact_41_the_same_up_to_tau_and_tau_squared_for_the_square(faces):
    rows = torch.nn.functional.normalize(
        torch.randn(60, 128, generator=torch.Generator().manual_seed(0)), dim=1
    )
    labels = torch.arange(60) // 2
    distances, same = faces.all_pairs(rows, labels)
    tau = distances[7].item()
    assert faces.error_rates(distances, same, tau) == faces.error_rates(
        distances**2, same, (distances[7] ** 2).item()
    )
    assert (
        faces.error_rates(distances[6:8], torch.tensor([True, False]), tau)[0] == 1.0
    )  # at tau: the same person
    from cnnkit.nets.face_nets import face_encoder

    assert face_encoder().fc.out_features == 128 and faces.FaceEncoder(128).last.out_features == 128


def test_erratum_5_near_means_the_same_person(faces):
    distances, same = torch.tensor([0.1, 1.9]), torch.tensor([True, False])
    assert faces.error_rates(distances, same, 1.0) == (0.0, 0.0)
    assert "a distance *greater* than tau means the same person. It is the other way round" in said_of_faces()


def test_fact_42_a_margin_for_each_triplet_and_random_ones_are_too_easy(faces):
    def loss(near, far):
        """Of one triplet at these squared distances."""
        return faces.triplet_loss(*(torch.tensor([[n**0.5]]) for n in (0.0, near, far)), alpha=0.2).item()

    assert loss(0.5, 0.7) == pytest.approx(0, abs=1e-6) and loss(0.5, 0.75) == 0
    assert loss(0.5, 0.6) == pytest.approx(0.1)
    bad_and_good = [torch.tensor([[0.0], [0.0]]), torch.tensor([[1.0], [0.0]]), torch.tensor([[0.5], [9.0]])]
    assert faces.triplet_loss(*bad_and_good).item() == pytest.approx(1 - 0.25 + 0.2)
    assert "ten thousand pictures of a thousand people" in said_of_faces()

    file = SOURCE / "week4_faces_and_art/recordings/face_recognition.json"
    runs = {(row["way"], row["seed"]): row for row in json.loads(file.read_text(encoding="utf-8"))}
    for seed in range(3):
        random, semi_hard, hardest = (runs[way, seed] for way in ("random", "semi-hard", "hardest"))
        assert random["loss"][-1] < semi_hard["loss"][-1]  # too easy: little is left to learn from
        assert semi_hard["error"][-1] < min(random["error"][-1], hardest["error"][-1])


def test_fact_43_weights_on_differences_inside_the_sigmoid_and_encodings_once(faces):
    f, g = torch.tensor([[0.5, 0.25, 0.0]]), torch.tensor([[0.25, 0.75, 0.0]])
    w, b = [-1.0, 2.0, 5.0], 0.5
    for form, gaps in (("absolute", [0.25, 0.5, 0]), ("chi_square", [0.0625 / 0.75, 0.25 / 1.0, 0])):
        head = faces.PairHead(3, form)
        with torch.no_grad():
            head.weigh.weight.copy_(torch.tensor([w]))
            head.weigh.bias.fill_(b)
        total = sum(weight * gap for weight, gap in zip(w, gaps, strict=True)) + b
        assert head(f, g).item() == pytest.approx(1 / (1 + np.exp(-total)), rel=1e-5)

    model, passes = torch.nn.Flatten(), []
    model.register_forward_hook(lambda layer, given, out: passes.append(len(out)))
    shots = torch.rand(20, 1, 3, 3)
    database = faces.encode_database({str(n): shots[n : n + 1] for n in range(20)}, model)
    assert sum(passes) == 20
    faces.who_is_it(shots[0], database, model, 1.0)
    assert sum(passes) == 21  # the visitor alone


def test_erratum_6_the_weights_stand_inside_the_sigmoid(faces):
    head = faces.PairHead(1)
    with torch.no_grad():
        head.weigh.weight.fill_(-8.0)
        head.weigh.bias.fill_(4.0)
    answers = head(torch.tensor([[0.0], [0.0]]), torch.tensor([[0.0], [1.0]]))
    assert (
        answers[0] > 0.98 and answers[1] < 0.02
    )  # outside it, -8 times a sigmoid could not leave 0 to 1 like this
    assert "They stand *inside*: the weighted sum comes first" in said_of_faces()
