"""Textures: ranges, means, and the coarser levels of the ground."""

import numpy as np

from cnnkit.scenes import textures


def test_the_ground_gets_coarser_and_keeps_its_mean():
    ground = textures.ground().astype(float)
    for material in ground:
        means, spreads = material.mean(axis=(1, 2)), material.std(axis=(1, 2))
        assert np.abs(means - means[0]).max() < 1.5
        assert (np.diff(spreads) < 0).all()
        assert 100 < means[0] < 140


def test_facades_have_walls_windows_and_shops():
    tiles = textures.facades()
    assert tiles.shape == (7, textures.TILE, textures.TILE)
    for tile in tiles:
        glass = (tile // 32 == textures.GLASS).mean()
        assert 0.1 < glass < 0.7
        assert (tile // 32 == 0).any()


def test_clouds_are_smooth_and_from_0_to_1():
    clouds = textures.clouds()
    assert (clouds.min(), clouds.max()) == (0, 1)
    assert np.abs(np.diff(clouds, axis=1)).mean() < 0.05


def test_crowns_are_trees_with_ragged_edges():
    for crown in textures.crowns():
        solid = np.asarray(crown)[..., 1] > 127
        n = len(solid)
        assert solid[n // 2, n // 2]
        assert not (solid[0].any() or solid[:, 0].any())
        assert 0.2 < solid.mean() < 0.8
        assert (solid[:, 1:] != solid[:, :-1]).sum() > 3 * n  # a disc would have 2 edges a row
