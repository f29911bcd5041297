"""Distances between sets of pictures, against values that are known by arithmetic."""

import pytest
import torch

from webui.evaluating.distances import frechet_distance, precision_recall


def normal(count, mean=0.0, spread=1.0, seed=0, width=3):
    noise = torch.randn(count, width, generator=torch.Generator().manual_seed(seed))
    return mean + spread * noise


def test_a_set_has_no_distance_from_itself():
    features = normal(50)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-9)


def test_shifted_set_is_as_far_as_the_square_of_the_shift():
    features = normal(400)
    assert frechet_distance(features, features + 2) == pytest.approx(3 * 4, rel=1e-9)


def test_wider_set_is_as_far_as_the_gaussians_say():
    """For N(0, 1) and N(0, 9) in each of three directions: 1 + 9 - 2 * 3 a direction."""
    features = normal(400)
    spread = features.var(0).sum().item()
    assert frechet_distance(features, 3 * features - 2 * features.mean(0)) == pytest.approx(
        4 * spread, rel=1e-6
    )


def test_more_features_than_pictures_still_give_a_number():
    assert frechet_distance(normal(5, width=40), normal(6, seed=1, width=40)) > 0


def test_equal_sets_are_precise_and_covered():
    features = normal(30)
    assert precision_recall(features, features) == precision_recall(features, features.flip(0))
    assert precision_recall(features, features).precision == 1
    assert precision_recall(features, features).recall == 1


def test_far_sets_are_neither():
    found = precision_recall(normal(30), normal(30, mean=100, seed=1))
    assert (found.precision, found.recall) == (0, 0)


def test_few_kinds_drawn_well_are_precise_but_cover_half():
    real = torch.cat([normal(40, spread=0.1), normal(40, mean=50, spread=0.1, seed=1)])
    found = precision_recall(normal(40, spread=0.1, seed=2), real)
    assert found.precision > 0.8
    assert 0.3 < found.recall <= 0.5


def test_too_small_sets_are_refused_in_words():
    with pytest.raises(ValueError, match="at least two"):
        frechet_distance(normal(1), normal(9))
    with pytest.raises(ValueError, match="more than 3"):
        precision_recall(normal(3), normal(9))
