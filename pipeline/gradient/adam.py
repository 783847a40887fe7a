"""Adam over one flat array, compiled: torch's own takes longer to begin than to work through ten thousand weights."""

from __future__ import annotations

import copy
import inspect
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numba import njit

_MOMENTS = ("exp_avg", "exp_avg_sq")


class _Factors(NamedTuple):
    """What a step of Adam multiplies by, float32; `correction` is that of the second moment's beginning at 0."""

    scale: np.float32
    rate: np.float32
    keep_first: np.float32
    keep_second: np.float32
    correction: np.float32
    epsilon: np.float32


@njit(cache=True, fastmath=True, error_model="numpy")
def _norm(slope):
    """The Euclidean norm of slope (P,)."""
    total = 0.0
    for n in range(slope.shape[0]):
        total += slope[n] * slope[n]
    return np.sqrt(total)


@njit(cache=True, fastmath=True, error_model="numpy")
def _step(weights, slope, first, second, by):
    """One step of Adam; all arrays (P,)."""
    for n in range(weights.shape[0]):
        g = slope[n] * by.scale
        first[n] += (np.float32(1.0) - by.keep_first) * (g - first[n])
        second[n] = by.keep_second * second[n] + (np.float32(1.0) - by.keep_second) * g * g
        weights[n] -= by.rate * first[n] / (np.sqrt(second[n]) * by.correction + by.epsilon)


class FlatAdam(torch.optim.Optimizer):
    """torch's Adam for one flat parameter, whose gradient's norm is limited first (Kingma and Ba, 2015, algorithm 1).

    What it saves is what torch's Adam would have saved of the many: the one goes on from the other. Nothing of torch's
    own optimisers begins here, for that loads torch's compiler, which takes a second.
    """

    def __init__(self, weights: torch.nn.Parameter, many: Sequence[torch.Tensor], lr: float, **settings: Any) -> None:
        """Of `weights` (P,), which `many` make up in this order, with what torch.optim.Adam takes.

        Raises:
            ValueError: weight decay or AMSGrad.
        """
        _, *known = inspect.signature(torch.optim.Adam).parameters.values()
        self.defaults = {taken.name: taken.default for taken in known} | {"lr": lr} | settings
        self.param_groups = [{"params": [weights], **self.defaults}]
        self.state = defaultdict(dict)
        self._shapes = [part.shape for part in many]
        if self.defaults["weight_decay"] or self.defaults["amsgrad"]:
            raise ValueError("optimizer_kwargs: got weight_decay or amsgrad, wanted neither")

    def state_dict(self) -> dict[str, Any]:
        """See the class."""
        (group,), numbers, state = self.param_groups, range(len(self._shapes)), dict[int, dict[str, torch.Tensor]]()
        for whole in self.state.values():
            state = {number: {"step": whole["step"].clone()} for number in numbers}
            for name in _MOMENTS:
                parts = whole[name].split([shape.numel() for shape in self._shapes])
                for number, shape, part in zip(numbers, self._shapes, parts, strict=True):
                    state[number][name] = part.reshape(shape).clone()
        return {"state": state, "param_groups": [{**group, "params": list(numbers)}]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """See the class."""
        (group,), parts = state_dict["param_groups"], [state for _, state in sorted(state_dict["state"].items())]
        (weights,) = self.param_groups[0]["params"]
        self.param_groups = [{**copy.deepcopy(group), "params": [weights]}]
        self.state.clear()
        if parts:
            moments = {name: torch.cat([part[name].reshape(-1) for part in parts]) for name in _MOMENTS}
            self.state[weights] = {"step": parts[0]["step"].clone(), **moments}

    def step_within(self, largest_norm: float) -> None:
        """One step along the gradient, scaled down where its norm is larger than that."""
        (group,) = self.param_groups
        (weights,) = group["params"]
        state = self.state[weights]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(weights), torch.zeros_like(weights)
        state["step"] += 1
        steps, (keep_first, keep_second) = int(state["step"]), group["betas"]
        scale = min(1.0, largest_norm / (_norm(weights.grad.numpy()) + 1e-6))
        rate, correction = group["lr"] / (1.0 - keep_first**steps), (1.0 - keep_second**steps) ** -0.5
        by = _Factors(*map(np.float32, (scale, rate, keep_first, keep_second, correction, group["eps"])))
        first, second = (state[name].numpy() for name in _MOMENTS)
        _step(weights.detach().numpy(), weights.grad.numpy(), first, second, by)
