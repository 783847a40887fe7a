"""A batch of swarms: W independent worlds of up to A agents, stepped together on arrays allocated once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from envs.ground.compiled_world.batch import CompiledBatch, threads_for
from envs.ground.world import DRAWN
from envs.swarm.simulation.compiled.cells import make_scratch, near_m
from envs.swarm.simulation.compiled.choosing import KINDS, choose_worlds
from envs.swarm.simulation.compiled.drawing import draw_seeds
from envs.swarm.simulation.compiled.kernel import BLOCK, begin_worlds, observe_worlds, step_worlds
from envs.swarm.simulation.compiled.observation import layout
from envs.swarm.simulation.compiled.state import ALL_SIDES
from envs.swarm.simulation.recording import describe, frame_of, tabulate_outcomes
from envs.swarm.simulation.rules import as_record, flatten, tabulate_disturbance, tabulate_draws, tabulate_families
from envs.swarm.simulation.scenario import Scenario
from envs.swarm.simulation.settings import STEP_S, Disturbance, SwarmSettings
from envs.swarm.simulation.worlds import Worlds, sizes_of, starts_of

_STATE = ("observation", "terminal_observation", "reward", "reward_sums")
_OPPONENT = 0x0FF
"""Keeps its draws apart from those of baselines."""


class SwarmBatch(CompiledBatch):
    """W worlds with room for A agents each, of all teams.

    Data sheet:
        actions: (W, A, 3) float: push east, push north (together within a disc of radius 1), and grip: above 0 it holds
            on to a resource within reach, else it lets go
        observations: (W, A, D) float32, see envs/swarm/simulation/compiled/observation.py
        rewards: (W, A) float64, the sum of reward parts
        one step: 0.5 s in ticks of 0.1 s
        All state is in `worlds`: x_m, y_m, health, energy .. (W, A), side_m and step (W,). A world's numbers depend on
        its seed and its actions only.

    It is the `Batch` (envs/ground/world.py) of this world.
    """

    num_actions = 3
    num_choices = 0
    step_s = STEP_S

    def __init__(
        self,
        settings: SwarmSettings,
        num_worlds: int,
        seed: int,
        *,
        scenarios: Sequence[Scenario] = (),
        min_slots: int = 0,
    ) -> None:
        """Allocate the worlds; no episode has begun before `reset` or `begin`.

        Args:
            seed: decides what every world draws, world by world.
            scenarios: drawn from, uniformly, at each reset; where there are none, episodes are drawn.
            min_slots: room for at least so many agents, where drawn ones play beside given scenarios.

        Raises:
            ValueError: no world, or a scenario that does not fit the settings.
        """
        sizes = sizes_of(settings, scenarios, min_slots)
        super().__init__(num_worlds, sizes.agents)
        self.settings, self.scenarios, self.max_steps = settings, tuple(scenarios), settings.episode.max_steps
        self.worlds = Worlds(num_worlds, sizes, len(layout(settings.observation)))
        self.worlds.state.worlds["done"] = True
        self._starts = starts_of(settings, self.scenarios, sizes)
        sides = [settings.arena.side_m.high, *(scenario.side_m for scenario in scenarios)]
        discs = [disc.radius_m for scenario in scenarios for disc in scenario.obstacles]
        widest = max(settings.arena.obstacle_radius_m.high, *discs, 0.0)
        self._rules = as_record(flatten(settings, widest))
        self._families, self._draws = tabulate_families(settings), tabulate_draws(settings)
        cell = near_m(settings.body.radius_m, settings.health.strike_reach_m, settings.body.max_speed_mps)
        cells = int(max(1.0, max(sides) / min(cell, settings.observation.sight_m + widest))) ** 2
        self._scratch = make_scratch(-(-num_worlds // BLOCK), cells, max(sizes))
        self._undisturbed = self.disturbance(settings.disturbance)
        self._disturbances = np.repeat(self._undisturbed[None], num_worlds)
        self.seed(seed)

    def reset(self, which: np.ndarray | None = None) -> None:
        """Begin new episodes in the worlds `which` (N,) (default: all), drawing seed and scenario."""
        which = np.arange(self.num_worlds) if which is None else which.astype(np.int64)
        self._disturbances[which] = self._undisturbed
        draw_seeds(self.worlds.state.worlds, which, self._split, len(self.scenarios))
        self._start(which)

    def begin(self, which: np.ndarray, scenario: np.ndarray, seed: np.ndarray, shift: np.ndarray | None = None) -> None:
        """Begin given episodes: world `which[n]` plays scenario `scenario[n]` (DRAWN: of `seed[n]`).

        Args:
            shift: records (N,) made by `disturbance`; default: those of the settings.
        """
        room = self.num_slots >= self.settings.most_drawn
        assert room or np.all(scenario != DRAWN), "drawn agents need min_slots of settings.most_drawn"
        self.worlds.scenario[which], self.worlds.episode_seed[which] = scenario, seed
        self._disturbances[which] = self._undisturbed if shift is None else shift
        self._start(which.astype(np.int64))

    def step(self, actions: np.ndarray) -> None:
        """Play 0.5 s with these actions (W, A, 3); worlds that have ended stand still. Results are in `worlds`."""
        worlds, wanted = self.worlds, np.ascontiguousarray(actions, np.float64)
        if self.settings.opponent.kind != "self":
            theirs = self.choose(KINDS[self.settings.opponent.kind], _OPPONENT)
            wanted = np.where(self.present[:, :, None], wanted, theirs)
        told = (worlds.observation, worlds.terminal_observation, worlds.reward, worlds.reward_sums)
        with threads_for(-(-self.num_worlds // BLOCK)):
            step_worlds(worlds.state, wanted, self._rules, self._scratch, *told)

    def choose(self, kind: int, salt: int) -> np.ndarray:
        """What a rule (one of KINDS) chooses for all agents, (W, A, 3); `salt` keeps its draws apart from others'."""
        actions = np.zeros((self.num_worlds, self.num_slots, 3))
        choose_worlds(self.worlds.state, kind, np.uint64(salt), self._rules, actions)
        return actions

    def by_rule(self, rule: str) -> np.ndarray:
        """See envs/ground/compiled_world/teams.py: TeamBatch; as `opponent` does it."""
        return self.choose(KINDS[rule], _OPPONENT)

    @property
    def sizes(self) -> np.ndarray:
        """See CompiledBatch.sizes."""
        return self.worlds.num_agents

    @property
    def present(self) -> np.ndarray:
        """(W, A) bool: slots of agents in this episode, alive or not; those of a rule are none."""
        worlds = self.worlds
        ours = worlds.ours[:, None]
        return (np.arange(self.num_slots) < worlds.num_agents[:, None]) & ((ours == ALL_SIDES) | (ours == worlds.team))

    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """See CompiledBatch.ends; those of a rule end with their world, too."""
        worlds, present = self.worlds, self.present
        return np.where(present, worlds.row_terminated, worlds.done[:, None]), worlds.row_truncated & present

    @property
    def reward(self) -> np.ndarray:
        """(W, A) float64, of the last step; 0 of those of a rule."""
        return self.worlds.reward * self.present

    @property
    def team(self) -> np.ndarray:
        """(W, A) int64, the side of each."""
        return self.worlds.team

    def outcomes(self) -> dict[str, np.ndarray]:
        """See Batch.outcomes."""
        return tabulate_outcomes(self.worlds, self.present, self.settings)

    def frame(self, rows: np.ndarray, actions: np.ndarray) -> dict[str, np.ndarray]:
        """See Batch.frame."""
        return frame_of(self.worlds, rows, actions)

    def agents(self, row: int) -> dict[str, list[str]]:
        """See Batch.agents."""
        return describe(self.worlds, row)

    def allowed(self) -> None:
        """Actions are continuous."""

    def disturbance(self, disturbance: Disturbance) -> np.ndarray:
        """The record () of these disturbances."""
        return tabulate_disturbance(disturbance)

    def get_state(self) -> dict[str, np.ndarray]:
        """A copy of every array, enough to go on bit for bit."""
        state = {name: array.view(np.uint8).copy() for name, array in self.worlds.state._asdict().items()}
        return state | {name: getattr(self.worlds, name).copy() for name in _STATE}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over arrays from `get_state`."""
        for name, array in self.worlds.state._asdict().items():
            array.view(np.uint8)[...] = state[name]
        for name in _STATE:
            getattr(self.worlds, name)[...] = state[name]

    def _start(self, which: np.ndarray) -> None:
        """Begin the episodes that the worlds `which` (N,) name."""
        worlds, state = self.worlds, self.worlds.state
        kept = {name: state.worlds[name][which] for name in ("rng", "episode_seed", "scenario")}
        for array in state:
            array[which] = np.zeros((), array.dtype)
        state.holders[which] = -1
        named = which[kept["scenario"] != DRAWN]
        chosen = kept["scenario"][kept["scenario"] != DRAWN]
        for array, starts in zip(state, self._starts, strict=True):
            array[named] = starts[chosen]
        for name, values in kept.items():
            state.worlds[name][which] = values
        worlds.reward[which], worlds.reward_sums[which] = 0.0, 0.0
        begin_worlds(state, which, self._families, self._draws, self._disturbances[...])
        worlds.observation[which] = 0.0
        observe_worlds(state, which, self._rules, self._scratch, worlds.observation)
