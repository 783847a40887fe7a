"""What a vectorised face must offer to be flown by Stable-Baselines3 through `envs.ground.rows.vectorize`."""

from __future__ import annotations

from typing import Any, Protocol

import gymnasium
import numpy as np

from envs.ground.rows.dict_rows import Rows


class VectorWorlds(Protocol):
    """Several worlds stepped together, SuperSuit's interface with what it lacks; row = world * num_agents + agent.

    A world that ends is reset in the same step: its observations and `active` already speak of the new episode, its
    rewards, flags, infos and `terminal_obs` of the old one. All of them may be overwritten by the next step.
    """

    num_envs: int  # rows
    num_worlds: int
    num_agents: int  # rows of a world
    observation_space: gymnasium.Space  # of one row
    action_space: gymnasium.Space  # of one row
    metadata: dict[str, Any]
    render_mode: str | None
    active: np.ndarray  # (num_envs,) bool, rows whose next action counts
    terminal_obs: Rows  # (num_envs, *obs.shape), last observation of the rows done in the last step

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Rows, list]: ...
    def step_async(self, actions: np.ndarray) -> None: ...
    def step_wait(self) -> tuple[Rows, np.ndarray, np.ndarray, np.ndarray, list]: ...
    def get_state(self) -> Any: ...
    def set_state(self, state: Any) -> None: ...
    def env_is_wrapped(self, wrapper_class: type) -> list[bool]: ...
    def render(self) -> Any: ...
    def close(self) -> None: ...
