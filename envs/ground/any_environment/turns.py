"""Environments in which agents move one after the other (AEC), as ParallelEnvs that say who waits."""

from __future__ import annotations

from typing import Any

from pettingzoo.utils.conversions import turn_based_aec_to_parallel_wrapper


class Turns(turn_based_aec_to_parallel_wrapper):
    """PettingZoo's own conversion, a step for each move; `waiting` in an agent's info: it is not its turn."""

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Begin an episode."""
        seen, infos = super().reset(seed=seed, options=options)
        return seen, self._who_waits(infos)

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """One move, by whose turn it is; the others' actions are not read."""
        try:
            seen, rewards, terminations, truncations, infos = super().step(actions)
        except KeyError:
            self._check_mover()
            raise
        return seen, rewards, terminations, truncations, self._who_waits(infos)

    def _who_waits(self, infos: dict[str, Any]) -> dict[str, Any]:
        self._check_mover()
        mover = self.aec_env.agent_selection if self.aec_env.agents else None
        return {agent: {**info, "waiting": mover is not None and agent != mover} for agent, info in infos.items()}

    def _check_mover(self) -> None:
        """Raise ValueError where it is nobody's turn."""
        mover, agents = self.aec_env.agent_selection, self.aec_env.agents
        if agents and mover not in agents:
            raise ValueError(f"agent_selection is {mover!r}, wanted one of its agents: {', '.join(agents)}")
