"""Numbers as distributions over a support, in which two neighbours share each."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

Spacing = Literal["even", "root"]
_SLOPE = 0.001


def atoms(most: float, count: int, spacing: Spacing) -> torch.Tensor:
    """So many numbers (A,) float32 from -most to most, one of them 0 where they are odd.

    Args:
        spacing: even, or `root`: even where numbers are laid by h(x) = sign(x) (sqrt(|x| + 1) - 1) + 0.001 x (Pohlen et
            al., "Observe and look further", 2018), so that large ones stand further apart. Distributions over them are
            read by their means, as Hafner et al. do ("Mastering diverse domains through world models", 2023).
    """
    if spacing == "even":
        return torch.from_numpy(np.linspace(-most, most, count).astype(np.float32))
    laid = np.linspace(-_h(most), _h(most), count)
    inside = np.sqrt(1.0 + 4.0 * _SLOPE * (np.abs(laid) + 1.0 + _SLOPE)) - 1.0
    return torch.from_numpy((np.sign(laid) * ((inside / (2.0 * _SLOPE)) ** 2 - 1.0)).astype(np.float32))


def _h(number: float) -> float:
    return float(np.sqrt(number + 1.0) - 1.0 + _SLOPE * number)


def two_hot(numbers: torch.Tensor, support: torch.Tensor) -> torch.Tensor:
    """Distributions (..., A) over a growing support (A,) whose means are these numbers (...), within its ends."""
    within = numbers.clamp(support[0], support[-1]).contiguous()
    lower = (torch.searchsorted(support, within, right=True) - 1).clamp(0, len(support) - 2)
    share = (within - support[lower]) / (support[lower + 1] - support[lower])
    found = torch.zeros(*numbers.shape, len(support), dtype=support.dtype, device=support.device)
    found.scatter_(-1, lower[..., None], (1.0 - share)[..., None])
    return found.scatter_(-1, lower[..., None] + 1, share[..., None])
