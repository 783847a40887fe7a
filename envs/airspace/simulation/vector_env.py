"""The batch's vectorised face: one row per aircraft slot, for SuperSuit's and Stable-Baselines3's interface."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces

from envs.airspace.simulation.action_grid import ActionGrid
from envs.airspace.simulation.batch import AirspaceBatch
from envs.airspace.simulation.compiled.observation import LIMIT
from envs.airspace.simulation.compiled.worlds import LOSS_NM, Worlds
from envs.airspace.simulation.entities import Entities, entities_of
from envs.airspace.simulation.settings import Actions
from envs.ground.rows.dict_rows import Rows


class AirspaceVectorEnv:
    """W worlds of A slots as W * A rows (row = world * A + slot); a world that ends begins anew in the same step.

    A row is done once when its aircraft arrives (terminated, with its last observation) and again at its world's end;
    between the two, and in empty slots, it is inactive: reward 0, actions ignored.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}
    render_mode = None

    def __init__(self, batch: AirspaceBatch) -> None:
        worlds = batch.worlds
        self.batch = batch
        self.num_worlds, self.num_agents = batch.num_worlds, batch.num_slots
        self.num_envs = self.num_worlds * self.num_agents
        self.entities = entities_of(batch.settings, batch.num_slots)
        self.observation_space = observation_space(worlds, self.entities)
        self.grid = ActionGrid(batch.settings.actions)
        self.action_space = action_space(batch.settings.actions, self.grid)
        self.truncations = np.zeros(self.num_envs, bool)
        self.finished = EpisodeTally()
        self._actions = np.zeros((self.num_worlds, self.num_agents, 2))

    @property
    def active(self) -> np.ndarray:
        """(num_envs,) bool: rows whose next action counts."""
        return self.batch.worlds.active.reshape(-1).copy()

    @property
    def terminal_obs(self) -> Rows:
        """Last observations of the rows done in the last step."""
        return self._rows(self.batch.worlds.terminal_observation)

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Rows, list[dict]]:
        """Begin new episodes in all worlds, reseeded where a seed is given.

        Raises:
            ValueError: there are options, of which this face knows none.
        """
        if options:
            raise ValueError(f"reset(options): got {sorted(options)}, wanted none")
        if seed is not None:
            self.batch.seed(seed)
        self.batch.reset()
        return self._observations(), []

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the rows' actions, (num_envs, 2) or choices (num_envs,), for `step_wait`."""
        normalised = self.grid.commands[actions] if isinstance(self.action_space, spaces.Discrete) else actions
        self._actions = normalised.reshape(self.num_worlds, self.num_agents, 2)

    def step_wait(self) -> tuple[Rows, np.ndarray, np.ndarray, np.ndarray, list[dict]]:
        """Step all worlds; observations of ended worlds are already those of their next episode."""
        worlds = self.batch.worlds
        self.batch.step(self._actions)
        rewards = worlds.reward.reshape(-1).astype(np.float32)
        terminations, self.truncations = self._ends()
        ended = np.flatnonzero(worlds.done)
        if len(ended):
            self.finished.add(worlds, ended)
            self.batch.reset(ended)
        return self._observations(), rewards, terminations, self.truncations, []

    def action_masks(self) -> np.ndarray:
        """(num_envs, n) bool: which of n discrete actions each row has now, see ActionGrid.allowed."""
        return self.grid.allowed(self.batch.worlds).reshape(self.num_envs, len(self.grid))

    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        worlds = self.batch.worlds
        terminated, truncated = worlds.row_terminated.copy(), worlds.row_truncated.copy()
        empty = np.arange(self.num_agents) >= worlds.num_aircraft[:, None]
        terminated[empty] = np.broadcast_to(worlds.done[:, None], empty.shape)[empty]
        truncated[empty] = False
        return terminated.reshape(-1), truncated.reshape(-1)

    def _observations(self) -> Rows:
        return self._rows(self.batch.worlds.observation)

    def _rows(self, observations: np.ndarray) -> Rows:
        """Observations (W, A, D) as rows, without copying flat ones."""
        rows = observations.reshape(self.num_envs, -1)
        return rows if self.entities is None else self.entities.split(rows)

    def get_state(self) -> dict[str, Any]:
        """Everything needed to go on bit for bit."""
        return {"worlds": self.batch.get_state(), "finished": self.finished.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from `get_state`."""
        self.batch.set_state(state["worlds"])
        self.finished.set_state(state["finished"])

    def env_is_wrapped(self, wrapper_class: type) -> list[bool]:
        """No row is wrapped in anything."""
        return [False] * self.num_envs

    def render(self) -> None:
        """Thousands of worlds have no picture; use the PettingZoo face."""

    def close(self) -> None:
        """Nothing to close."""


def action_space(actions: Actions, grid: ActionGrid) -> spaces.Space:
    """What one aircraft may do: Box(-1, 1, (2,)), or a choice from the grid."""
    return spaces.Discrete(len(grid)) if actions.kind == "discrete" else spaces.Box(-1.0, 1.0, (2,), np.float32)


def observation_space(worlds: Worlds, entities: Entities | None) -> spaces.Space:
    """What one aircraft sees: Box(-10, 10, (D,)), or a Dict of own state, others and mask."""
    return spaces.Box(-LIMIT, LIMIT, worlds.observation.shape[2:], np.float32) if entities is None else entities.space


class EpisodeTally:
    """What became of the episodes that ended since it was last read: numbers, not rows."""

    def __init__(self) -> None:
        self.sums = np.zeros(4)

    def add(self, worlds: Worlds, ended: np.ndarray) -> None:
        """Count the worlds `ended` (N,) whose episodes have just finished."""
        lost, count = worlds.min_separation[ended] < LOSS_NM, worlds.num_aircraft[ended]
        arrived = worlds.arrived[ended].sum(1) / count
        returns = worlds.reward_sums[ended].sum((1, 2)) / count
        self.sums += (len(ended), lost.sum(), arrived.sum(), returns.sum())

    def read(self) -> dict[str, float]:
        """Episodes, LoS rate, share of aircraft arrived and mean return since the last call; empty where none ended."""
        episodes, lost, arrived, returns = self.sums
        self.sums = np.zeros(4)
        if episodes == 0:
            return {}
        named = {"los_rate": lost, "arrived_share": arrived, "mean_return": returns}
        return {"episodes": float(episodes)} | {name: float(value / episodes) for name, value in named.items()}

    def get_state(self) -> np.ndarray:
        """The sums so far."""
        return self.sums.copy()

    def set_state(self, sums: np.ndarray) -> None:
        """Take over sums."""
        self.sums = sums.copy()
