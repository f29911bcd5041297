"""Distances between two sets of pictures in a space of features."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PrecisionRecall:
    """How many made pictures look real, and how much of the real ones is covered; both 0..1."""

    precision: float
    recall: float


def frechet_distance(made: Tensor, real: Tensor) -> float:
    """The distance of two Gaussians fitted to features (n, d) and (m, d); 0 for equal sets.

    Heusel et al. 2017, arXiv:1706.08500 (there of Inception features, hence "FID").
    Raises ValueError for fewer than two pictures in a set.
    """
    if min(len(made), len(real)) < 2:
        raise ValueError("a set of at least two pictures is needed on both sides")
    made, real = made.double(), real.double()
    gap = (made.mean(0) - real.mean(0)).square().sum()
    first, second = torch.cov(made.T), torch.cov(real.T)
    # The trace of the root of a product of two covariances: its eigenvalues are real and >= 0.
    root = _root(first)
    crossed = torch.linalg.eigvalsh(root @ second @ root).clamp_min(0).sqrt().sum()
    return max(0.0, float(gap + first.trace() + second.trace() - 2 * crossed))


def _root(matrix: Tensor) -> Tensor:
    """The symmetric square root of a covariance."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp_min(0).sqrt()) @ vectors.T


def precision_recall(made: Tensor, real: Tensor, neighbours: int = 3) -> PrecisionRecall:
    """Improved precision and recall of features (n, d) and (m, d).

    A picture counts as covered when it lies within the ball around some picture of the other set
    that reaches to its k-th neighbour. Kynkäänniemi et al. 2019, arXiv:1904.06991.
    Raises ValueError when a set has no more than `neighbours` pictures.
    """
    if min(len(made), len(real)) <= neighbours:
        raise ValueError(f"a set of more than {neighbours} pictures is needed on both sides")
    made, real = made.double(), real.double()
    between = torch.cdist(made, real)
    return PrecisionRecall(
        precision=_covered(between, _radii(real, neighbours)),
        recall=_covered(between.T, _radii(made, neighbours)),
    )


def _radii(features: Tensor, neighbours: int) -> Tensor:
    """For each picture the distance to its k-th neighbour; the nearest is itself."""
    return torch.cdist(features, features).kthvalue(neighbours + 1, dim=1).values


def _covered(distances: Tensor, radii: Tensor) -> float:
    return float((distances <= radii[None]).any(1).double().mean())
