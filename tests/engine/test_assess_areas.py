"""Area estimates: the worked example of Olofsson et al. (2014), other derivations of its formulas, and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from geonnx.models.assess.area_estimates import estimate_areas

# section 5 of the paper: deforestation, forest gain, stable forest, stable non-forest; Landsat pixels of 30 m
MATRIX = np.array([[66, 0, 5, 4], [0, 55, 8, 12], [1, 0, 153, 11], [2, 1, 9, 313]])
MAPPED_M2 = np.array([200_000, 150_000, 3_200_000, 6_450_000]) * 900.0


def test_the_worked_example_of_the_paper():
    found = estimate_areas(MATRIX, MAPPED_M2)
    assert found.total_ha == 900_000
    assert found.overall_accuracy.value == pytest.approx(0.95, abs=0.005)
    assert found.overall_accuracy.margin95 == pytest.approx(0.02, abs=0.005)
    areas = [(round(item.area_ha.value), round(item.area_ha.margin95)) for item in found.classes]
    assert areas == [(21_158, 6_158), (11_686, 3_756), (285_770, 15_510), (581_386, 16_282)]
    users = [(item.users_accuracy.value, item.users_accuracy.margin95) for item in found.classes]
    for got, published in zip(users, [(0.88, 0.07), (0.73, 0.10), (0.93, 0.04), (0.96, 0.02)]):
        assert got == pytest.approx(published, abs=0.005)
    producers = [item.producers_accuracy.value for item in found.classes]
    assert producers == pytest.approx([0.75, 0.85, 0.93, 0.96], abs=0.005)
    assert found.classes[0].producers_accuracy.margin95 == pytest.approx(0.21, abs=0.005)
    assert [item.mapped_ha for item in found.classes] == [18_000, 13_500, 288_000, 580_500]
    assert (found.unsampled, found.undersampled) == ((), ())


def stratified_mean(values, strata, weights):
    """Return mean and standard error of a stratified random sample (Cochran 1977, 5.1 and 5.12, no correction)."""
    parts = [values[strata == h] for h in range(len(weights))]
    mean = sum(w * part.mean() for w, part in zip(weights, parts))
    variance = sum(w**2 * part.var(ddof=1) / len(part) for w, part in zip(weights, parts))
    return mean, np.sqrt(variance)


def stratified_ratio(above, below, strata, weights):
    """Return the combined ratio estimate and its standard error (Cochran 1977, 6.48; Stehman 2014)."""
    ratio = stratified_mean(above, strata, weights)[0] / stratified_mean(below, strata, weights)[0]
    _, error = stratified_mean(above - ratio * below, strata, weights)
    return ratio, error / stratified_mean(below, strata, weights)[0]


@pytest.mark.parametrize("seed", range(4))
def test_against_the_samples_themselves(seed):
    rng = np.random.default_rng(seed)
    size = 3 + seed
    matrix = rng.integers(0, 30, (size, size)) * (rng.random((size, size)) < 0.7) + 20 * np.eye(size, dtype=int)
    mapped_m2 = rng.uniform(1e4, 1e8, size)
    found = estimate_areas(matrix, mapped_m2)
    weights = mapped_m2 / mapped_m2.sum()
    strata = np.repeat(np.arange(size), matrix.sum(axis=1))
    truth = np.concatenate([np.repeat(np.arange(size), row) for row in matrix])

    def same(estimate, expected, factor=1.0):
        assert (estimate.value, estimate.standard_error) == pytest.approx([v * factor for v in expected], rel=1e-9)

    same(found.overall_accuracy, stratified_mean((truth == strata) * 1.0, strata, weights))
    for k, item in enumerate(found.classes):
        is_class, is_correct = (truth == k) * 1.0, ((truth == k) & (strata == k)) * 1.0
        same(item.area_ha, stratified_mean(is_class, strata, weights), mapped_m2.sum() / 1e4)
        same(item.producers_accuracy, stratified_ratio(is_correct, is_class, strata, weights))
        same(item.users_accuracy, stratified_ratio(is_correct, (strata == k) * 1.0, strata, weights))
    assert sum(item.area_ha.value for item in found.classes) == pytest.approx(found.total_ha)
    assert found.proportions.sum() == pytest.approx(1)


def test_intervals_hold_the_truth_in_95_of_100_samples():
    rng = np.random.default_rng(1)
    # a population of 60,000 pixels whose map is wrong here and there; 80 samples a stratum
    truth = rng.choice(3, 60_000, p=[0.1, 0.3, 0.6])
    mapped = np.where(rng.random(truth.size) < 0.15, rng.choice(3, truth.size), truth)
    sizes = np.bincount(mapped) * 1e4
    true_ha = np.bincount(truth)
    true_accuracy = (truth == mapped).mean()
    strata = [np.flatnonzero(mapped == k) for k in range(3)]
    hits, areas = np.zeros(4), []
    for _ in range(600):
        matrix = np.array([np.bincount(truth[rng.choice(s, 80, replace=False)], minlength=3) for s in strata])
        found = estimate_areas(matrix, sizes)
        areas.append([item.area_ha.value for item in found.classes])
        hits[:3] += [abs(i.area_ha.value - t) <= i.area_ha.margin95 for i, t in zip(found.classes, true_ha)]
        hits[3] += abs(found.overall_accuracy.value - true_accuracy) <= found.overall_accuracy.margin95
    assert (hits / 600 > 0.91).all(), hits / 600
    assert np.mean(areas, axis=0) == pytest.approx(true_ha, rel=0.02)


def test_a_class_without_samples_is_not_part_of_the_estimate():
    matrix = np.array([[9, 1, 0], [2, 8, 1], [0, 0, 0]])
    found = estimate_areas(matrix, np.array([3e6, 1e6, 5e6]))
    alone = estimate_areas(matrix, np.array([3e6, 1e6, 0]))  # as if the map did not have it
    assert found.unsampled == (2,)
    assert found.total_ha == alone.total_ha == 400
    assert found.overall_accuracy == alone.overall_accuracy
    assert found.classes[:2] == alone.classes[:2]
    assert found.classes[2].area_ha == alone.classes[2].area_ha
    assert found.classes[2].area_ha.value == pytest.approx(100 / 11)
    assert found.classes[2].users_accuracy.value is None
    assert found.classes[2].producers_accuracy.value is None
    assert alone.classes[2].producers_accuracy.value == 0


def test_one_sample_in_a_class_gives_no_errors():
    found = estimate_areas(np.array([[9, 1], [0, 1]]), np.array([3e6, 1e6]))
    assert found.undersampled == (1,)
    assert found.overall_accuracy.value == pytest.approx(0.75 * 0.9 + 0.25)
    assert found.overall_accuracy.standard_error is None
    assert all(item.area_ha.margin95 is None for item in found.classes)


def test_a_class_that_only_the_reference_has():
    found = estimate_areas(np.array([[8, 2], [0, 0]]), np.array([3e6, 0.0]))
    assert found.classes[1].area_ha.value == pytest.approx(60)
    assert found.classes[1].producers_accuracy.value == 0
    assert found.classes[1].users_accuracy.value is None
    assert found.unsampled == ()


def test_no_sample_at_all():
    assert estimate_areas(np.zeros((2, 2), int), np.array([3e6, 1e6])) is None
