"""An optimiser that begins when it is asked is torch's Adam from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from pipeline.algorithms.late_adam import LateAdam

ASKED: dict[str, Callable[[LateAdam], Any]] = {
    "step": LateAdam.step,
    "zero_grad": LateAdam.zero_grad,
    "state_dict": LateAdam.state_dict,
    "param_groups": lambda optimizer: optimizer.param_groups,
    "load_state_dict": lambda optimizer: optimizer.load_state_dict(adam(torch.optim.Adam)[0].state_dict()),
}


def adam(kind: type[torch.optim.Adam]) -> tuple[torch.optim.Adam, torch.nn.Parameter]:
    weights = torch.nn.Parameter(torch.arange(3.0))
    return kind([weights], lr=0.1, eps=1e-5), weights


@pytest.mark.parametrize("first", ASKED.values(), ids=ASKED)
def test_whatever_is_asked_first_it_takes_the_steps_of_torchs_own(first: Callable[[LateAdam], Any]) -> None:
    ours, theirs = adam(LateAdam), adam(torch.optim.Adam)
    assert isinstance(ours[0], LateAdam)
    first(ours[0])
    for optimizer, weights in (ours, theirs):
        for slope in (1.0, -2.0, 0.5):
            optimizer.zero_grad()
            (slope * weights).square().sum().backward()
            optimizer.step()
    assert torch.equal(ours[1], theirs[1])
    assert ours[0].state_dict()["param_groups"] == theirs[0].state_dict()["param_groups"]


def test_nothing_begins_before_it_is_asked() -> None:
    optimizer, _ = adam(LateAdam)
    assert "state" not in vars(optimizer)
    assert optimizer.state == {}
    assert "state" in vars(optimizer)


def test_what_an_optimiser_has_not_is_told_by_name() -> None:
    optimizer, _ = adam(LateAdam)
    with pytest.raises(AttributeError, match="LateAdam has no attribute momentum"):
        _ = optimizer.momentum
