"""MAPPO (Yu et al., "The Surprising Effectiveness of PPO in Cooperative Multi-Agent Games", NeurIPS 2022).

PPO of one shared policy over active rows, whose critic is shown who else is there. It is asked at training alone; what
acts is PPO's actor.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar

import numpy as np
import torch
from stable_baselines3.common.type_aliases import RolloutBufferSamples

from pipeline.algorithms.central.company import Company
from pipeline.algorithms.central.policy import CentralPolicy
from pipeline.algorithms.on_policy import ActiveRolloutBuffer
from pipeline.algorithms.shared_ppo import SharedPPO


class CentralRolloutBuffer(ActiveRolloutBuffer):
    """An ActiveRolloutBuffer whose samples are shown with who else was there, as `Seen`.

    Attributes:
        num_agents: A, slots of each world.
        there: (steps, rows) bool, who acted, whichever rows are handed out.
        team: (steps, rows) int64.
        places: (steps, rows) int64, where a row stands among all.
    """

    num_agents: int
    there: np.ndarray
    team: np.ndarray
    places: np.ndarray
    COLUMNS = ("places", *ActiveRolloutBuffer.COLUMNS[1:])

    def reset(self) -> None:
        """See ActiveRolloutBuffer.reset."""
        super().reset()
        self.there, self.team = np.zeros_like(self.active), np.zeros(self.active.shape, np.int64)
        self.places = np.arange(self.active.size).reshape(self.active.shape)

    def add_active(self, active: np.ndarray, obs: np.ndarray, starts: np.ndarray, step: dict[str, Any]) -> None:
        """See ActiveRolloutBuffer.add_active; `step` also holds team (rows,)."""
        self.there[self.pos], self.team[self.pos] = active, step["team"]
        super().add_active(active, obs, starts, step)

    def get(self, batch_size: int | None = None) -> Generator[RolloutBufferSamples, None, None]:
        """See ActiveRolloutBuffer.get."""
        obs = self.observations.reshape(self.there.size, -1)
        company = Company(obs, self.there.reshape(-1), self.team.reshape(-1), self.num_agents)
        for samples in super().get(batch_size):
            rows: Any = samples.observations
            seen: Any = company.seen_by(rows.cpu().numpy(), self.device)
            yield samples._replace(observations=seen)


class SharedMAPPO(SharedPPO):
    """See the module.

    Attributes:
        critic_sees: team or world: whose rows the critic is shown beside the agent's own.
    """

    GIVEN: ClassVar[dict[str, Any]] = {"rollout_buffer_class": CentralRolloutBuffer}
    ADDED = SharedPPO.ADDED | {"critic_sees"}
    policy_aliases: ClassVar[dict[str, Any]] = {"MlpPolicy": CentralPolicy}
    rollout_buffer: CentralRolloutBuffer
    critic_sees: str
    _cut: Company | None = None
    _acted: tuple[np.ndarray, np.ndarray]

    def _setup_model(self) -> None:
        """See SharedPPO._setup_model."""
        super()._setup_model()
        self.rollout_buffer.num_agents = self.env.num_agents  # type: ignore[union-attr]

    def why_not_compiled(self) -> str:
        """See SharedPolicy.why_not_compiled."""
        return "critic_sees: wanted own: a critic that sees others is torch's"

    def _act(self, env: Any, active: np.ndarray) -> dict[str, Any]:
        """See SharedOnPolicy._act; also the rows' teams."""
        self._acted = active, self._teams(env)
        return super()._act(env, active) | {"team": self._acted[1]}

    def _choose(
        self, obs: np.ndarray, rows: np.ndarray, limits: dict[str, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See SharedOnPolicy._choose."""
        with torch.no_grad():
            chosen = self.policy(self._company(obs).seen_by(rows, self.device))
        actions, values, log_probs = (part.cpu().numpy() for part in chosen)
        return actions, values.reshape(-1), log_probs

    def _judge(self, obs: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """See SharedOnPolicy._judge."""
        seen: Any = self._company(obs).seen_by(rows, self.device)
        with torch.no_grad():
            return self.policy.predict_values(seen).cpu().numpy().reshape(-1)

    def _bootstrap(self, env: Any, rewards: np.ndarray, playing: np.ndarray, new_obs: Any) -> np.ndarray:
        """See SharedOnPolicy._bootstrap.

        A row that is cut off is shown who acted beside it and was cut off, too, as it was last; and, where its world
        goes on, who acts there now. Who terminated has left.
        """
        if not (env.truncated & playing).any():
            return rewards
        acted, team = self._acted
        last = np.where(env.ended[:, None], env.terminal_obs, new_obs)
        there = np.where(env.ended, env.truncated & acted, env.active)
        self._cut = Company(last, there, team, env.num_agents)
        try:
            return super()._bootstrap(env, rewards, playing, new_obs)
        finally:
            self._cut = None

    def _company(self, obs: np.ndarray) -> Company:
        """Who is there: in what was cut off, while that is judged; else now."""
        if self._cut is not None:
            return self._cut
        env: Any = self.env
        return Company(obs, np.asarray(env.active), self._teams(env), env.num_agents)

    def _teams(self, env: Any) -> np.ndarray:
        """The team (rows,) of each row; of the world all are one, where the critic sees it all."""
        return np.array(env.team) if self.critic_sees == "team" else np.zeros(env.num_envs, np.int64)
