"""People and conditions are drawn within their ranges, the same for a seed."""

from dataclasses import asdict, replace

import numpy as np

from cnnkit.portraits.traits import RANGES, conditions, identity


def test_a_person_has_at_least_17_traits_each_within_its_range():
    people = [asdict(identity(seed)) for seed in range(200)]
    assert len(RANGES) >= 17
    for name, (low, high) in RANGES.items():
        values = np.array([person[name] for person in people])
        assert low <= values.min() < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < values.max() <= high


def test_a_vector_holds_each_trait_from_0_to_1_and_people_are_far_apart():
    vectors = np.stack([identity(seed).vector() for seed in range(200)])
    assert vectors.shape == (200, len(RANGES))
    assert vectors.dtype == np.float32
    assert 0 <= vectors.min() < 0.05
    assert 0.95 < vectors.max() <= 1
    between = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)[np.triu_indices(200, 1)]
    assert between.min() > 1


def test_without_nuisance_all_conditions_are_alike():
    first, second = conditions(0, 0.0), conditions(1, 0.0)
    assert first.yaw == first.pitch == first.roll == first.smile == first.closure == first.blur == 0
    assert not first.glasses
    unseen = {"shadow": (0.0, 0.0, 0.0), "glasses_shape": 0.0}  # without strength, without glasses
    assert asdict(replace(first, **unseen)) == asdict(replace(second, **unseen))
    assert first.shadow[0] == second.shadow[0] == 0


def test_more_nuisance_moves_the_same_conditions_further():
    for seed in range(10):
        half, whole = conditions(seed, 0.5), conditions(seed, 1.0)
        np.testing.assert_allclose(
            2 * np.array([half.yaw, half.pitch, half.roll]), [whole.yaw, whole.pitch, whole.roll]
        )
        assert half.background == whole.background
        assert half.glasses == whole.glasses


def test_light_comes_from_in_front_and_above_or_beside_and_nobody_half_smiles():
    many = [conditions(seed, 1.0) for seed in range(300)]
    np.testing.assert_allclose([np.linalg.norm(how.light) for how in many], 1, rtol=1e-6)
    smiles = np.array([how.smile for how in many])
    assert not ((smiles > 0.0) & (smiles < 0.6)).any()
    assert 0.4 < (smiles > 0.5).mean() < 0.6
    assert 0.2 < np.mean([how.glasses for how in many]) < 0.4
    assert np.ptp([how.yaw for how in many]) > 0.9


def test_a_smile_can_be_asked_for_and_changes_nothing_else():
    for seed in range(20):
        yes, no = (asdict(conditions(seed, 0.7, smiling)) for smiling in (True, False))
        assert {name for name in yes if yes[name] != no[name]} == {"smile"}
