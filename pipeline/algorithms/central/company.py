"""Whom a central critic sees beside an agent: who is there of its team, or of its world, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

SEES = ("own", "team", "world")
"""What a critic may see: the agent's own row, and those of its team, or of its world."""


class Seen(NamedTuple):
    """What a critic is shown of n agents.

    Attributes:
        own: (n, D) their own rows.
        rows: (m, D) rows of all that any of them is shown.
        which: (n, A) int64, the place of each other in `rows`; anything where nobody is.
        there: (n, A) float32, 1 where somebody is, 0 where nobody is.
    """

    own: torch.Tensor
    rows: torch.Tensor
    which: torch.Tensor
    there: torch.Tensor


@dataclass(frozen=True)
class Company:
    """Rows of worlds of A slots each, at one step or at several one after the other: row = world * A + slot.

    Attributes:
        obs: (N, D) float32.
        there: (N,) bool, whose next action counts.
        team: (N,) int64; who is of another team is not shown.
        num_agents: A.
    """

    obs: np.ndarray
    there: np.ndarray
    team: np.ndarray
    num_agents: int

    def seen_by(self, rows: np.ndarray, device: torch.device | str) -> Seen:
        """What is shown of these rows (n,), each with itself among the others where it is there."""
        mates = rows[:, None] // self.num_agents * self.num_agents + np.arange(self.num_agents)
        there = self.there[mates] & (self.team[mates] == self.team[rows][:, None])
        used = np.unique(np.append(mates[there], rows[:1]))  # one at least, where nobody is there
        which = np.where(there, np.searchsorted(used, mates), 0)
        shown = (self.obs[rows], self.obs[used], which, there.astype(np.float32))
        return Seen(*(torch.as_tensor(part, device=device) for part in shown))
