"""Self-play: one team of each episode learns, and who steers the others is drawn from ages of the learner and rules.

As ML-Agents has it (Juliani et al., 2020): a window of past selves, so that who learns has to beat more than the last.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from envs.ground.compiled_world.teams import OffersTeams, TeamBatch, most_teams_of
from envs.ground.record import unknown
from envs.ground.rows.vectorize import SharedPolicyVecEnv
from envs.ground.world import Simulation
from pipeline.policies.deployed import TorchPolicy
from pipeline.policies.network import DeployedNetwork
from pipeline.policies.network_values import as_values, network_from
from pipeline.settings.train import SelfPlay

LATEST = "latest"
"""The learner as it is, among opponents; an age is called by its agent-steps, a rule by its name."""
_DRAWING, _ACTING = 0, 1
"""Keep draws of who plays apart from those of what is done."""


class Pool:
    """Who may have the other teams: the learner as it is, its ages of the window, and rules.

    Attributes:
        ages: the names of those in the window, the oldest first.
    """

    def __init__(self, wanted: SelfPlay, seed: int) -> None:
        """Begin with rules alone."""
        self._wanted, self._seed = wanted, seed
        self.ages: list[str] = []
        self._policies: dict[str, TorchPolicy] = {}
        self._next_age = 0

    def meet(self, steps: int, actor: DeployedNetwork) -> None:
        """Take the learner as it is after so many agent-steps; where an age is due, it joins, and the oldest leaves."""
        self._policies[LATEST] = TorchPolicy(actor)
        if steps >= self._next_age:
            self._next_age = steps + self._wanted.swap_steps
            self._policies[str(steps)] = self._policies[LATEST]
            self.ages = [*self.ages, str(steps)][-self._wanted.window :]

    def draw(self, world: int, episode: int, teams: np.ndarray) -> tuple[int, str]:
        """Which of the teams (n,) learns in an episode, counted by world, and who has the others."""
        rng = np.random.default_rng([self._seed, _DRAWING, world, episode])
        team = int(rng.choice(teams))
        others = [*self.ages, *self._wanted.rules]
        latest = rng.random() < self._wanted.latest_share or not others
        return team, LATEST if latest else others[rng.integers(len(others))]

    def act(self, opponent: str, batch: TeamBatch, whose: np.ndarray, step: int) -> np.ndarray:
        """What an opponent does for the agents `whose` (W, A) bool: (n, K)."""
        if opponent in self._wanted.rules:
            return batch.by_rule(opponent)[whose]
        rng = np.random.default_rng([self._seed, _ACTING, step, *opponent.encode()])
        noise = rng.standard_normal((int(whose.sum()), batch.num_actions))
        return self._policies[opponent].act(batch.observation[whose], noise)

    def keep(self, playing: set[str]) -> None:
        """Forget ages that have left the window, but for those that play."""
        kept = {LATEST, *self.ages, *playing}
        self._policies = {name: own for name, own in self._policies.items() if name in kept}

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        networks = {name: as_values(own.network) for name, own in self._policies.items()}
        return {"ages": list(self.ages), "next_age": self._next_age, "networks": networks}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state`."""
        self.ages, self._next_age = list(state["ages"]), state["next_age"]
        self._policies = {name: TorchPolicy(network_from(own)) for name, own in state["networks"].items()}


class Contests:
    """`VectorWorlds` in which one team of each world is the learner's; a pool has the others, whose rows are inactive.

    Team and opponent are drawn for each world and episode. Where all are of one team, all learn.
    """

    def __init__(self, inner: Any, pool: Pool) -> None:
        """Around worlds whose `batch` is a `TeamBatch`."""
        self._inner, self._pool = inner, pool
        self._batch = cast("TeamBatch", inner.batch)
        self.num_envs, self.num_worlds, self.num_agents = inner.num_envs, inner.num_worlds, inner.num_agents
        self.observation_space, self.action_space = inner.observation_space, inner.action_space
        self.metadata, self.render_mode = inner.metadata, inner.render_mode
        self._episodes, self._team = np.zeros(self.num_worlds, np.int64), np.zeros(self.num_worlds, np.int64)
        self._opponents = [LATEST] * self.num_worlds
        self._steps = 0

    @property
    def active(self) -> np.ndarray:
        """(num_envs,) bool: rows of the learner's teams whose next action counts."""
        return (self._batch.active & self._ours).reshape(-1)

    @property
    def team(self) -> np.ndarray:
        """(num_envs,) int64."""
        return self._batch.team.reshape(-1).copy()

    @property
    def terminal_obs(self) -> Any:
        """See VectorWorlds."""
        return self._inner.terminal_obs

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, list]:
        """See VectorWorlds."""
        answer = self._inner.reset(seed=seed, options=options)
        self._begin(np.arange(self.num_worlds))
        return answer

    def step_async(self, actions: np.ndarray) -> None:
        """Let opponents act for all others."""
        done = np.array(actions, np.float32).reshape(self.num_worlds, self.num_agents, -1)
        others = self._batch.active & ~self._ours
        for opponent in sorted(set(self._opponents)):
            plays = np.array([own == opponent for own in self._opponents])
            whose = others & plays[:, None]
            if whose.any():
                done[whose] = self._pool.act(opponent, self._batch, whose, self._steps)
        self._inner.step_async(done.reshape(np.shape(actions)))

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, np.ndarray, list]:
        """See VectorWorlds."""
        answer = self._inner.step_wait()
        self._steps += 1
        self._begin(np.flatnonzero(self._batch.steps == 0))
        return answer

    def get_state(self) -> dict[str, Any]:
        """See VectorWorlds; the pool's, too."""
        drawn = {"episodes": self._episodes, "team": self._team, "opponents": self._opponents, "steps": self._steps}
        return {"worlds": self._inner.get_state(), "drawn": drawn, "pool": self._pool.state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """See VectorWorlds."""
        self._inner.set_state(state["worlds"])
        self._pool.restore(state["pool"])
        self._episodes, self._team, self._opponents, self._steps = state["drawn"].values()

    def env_is_wrapped(self, wrapper_class: type) -> list[bool]:
        """See VectorWorlds."""
        return self._inner.env_is_wrapped(wrapper_class)

    def render(self) -> Any:
        """See VectorWorlds."""
        return self._inner.render()

    def close(self) -> None:
        """See VectorWorlds."""
        self._inner.close()

    @property
    def _ours(self) -> np.ndarray:
        """(W, A) bool: agents of the learner's teams."""
        return self._batch.team == self._team[:, None]

    def _begin(self, worlds: np.ndarray) -> None:
        """Draw who plays in the episodes that these worlds (n,) have just begun."""
        for world in worlds.tolist():
            teams = np.unique(self._batch.team[world][self._batch.active[world]])
            drawn = self._pool.draw(world, int(self._episodes[world]), teams)
            self._team[world], self._opponents[world] = drawn
            self._episodes[world] += 1
        if len(worlds):
            self._pool.keep(set(self._opponents))


def pool_for(wanted: SelfPlay | None, simulation: Simulation, settings: Any, seed: int) -> Pool | None:
    """The pool that `train.self_play` asks for, in worlds of these settings; None: it asks for none.

    Raises:
        ValueError: a world whose agents are of one team, or a rule that the world does not have.
    """
    if wanted is None:
        return None
    most = most_teams_of(simulation, settings)
    if most < 2 or not isinstance(simulation, OffersTeams):
        wish = "wanted null, or one in which agents have the sides of several"
        raise ValueError(f"train.self_play: got a world in which agents are of {most} team, {wish}")
    for rule in wanted.rules:
        if rule not in simulation.team_rules:
            raise ValueError(f"train.self_play.rules: {unknown(rule, simulation.team_rules)}")
    return Pool(wanted, seed)


def against(pool: Pool, worlds: SharedPolicyVecEnv) -> SharedPolicyVecEnv:
    """The same worlds, with opponents of the pool."""
    contests: Any = Contests(worlds.venv, pool)
    return SharedPolicyVecEnv(contests, [contests] * worlds.num_worlds)


def check_opponents(algorithm: str, actor: DeployedNetwork) -> None:
    """Refuse a learner that cannot be its own opponent.

    Raises:
        ValueError: it remembers.
    """
    if actor.memory_size:
        wish = "wanted null, or an algorithm without memory"
        raise ValueError(f"train.self_play: got {algorithm}, which remembers {actor.memory_size} numbers, {wish}")
