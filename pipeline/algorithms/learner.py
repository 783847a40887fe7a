"""What every learner can do, whichever way it learns: be saved between two iterations, and go on exactly from there."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from stable_baselines3.common.base_class import BaseAlgorithm

from envs.ground.normalize import ActiveVecNormalize
from envs.ground.vectorize import SharedPolicyVecEnv


class Learner(BaseAlgorithm):
    """Mixed into an algorithm of Stable-Baselines3.

    Attributes:
        GIVEN: constructor arguments that the pipeline gives; params.yaml may not.
        WITHHELD: others that params.yaml may not give, for they would have no effect.
        ADDED: what params.yaml may set beside the constructor's arguments: attributes that are schedules.
        LEARNED: those that it can learn by itself: `auto`, or `auto_0.1` to begin with 0.1.
        POLICY: its network, as Stable-Baselines3 calls it.
        ACTIONS: the one kind of actions (airspace.actions.kind) that it takes; None: any.
        gradient: what computes gradients: torch, or compiled code.
    """

    GIVEN: ClassVar[dict[str, Any]] = {}
    WITHHELD: ClassVar[frozenset[str]] = frozenset()
    ADDED: ClassVar[frozenset[str]] = frozenset()
    LEARNED: ClassVar[frozenset[str]] = frozenset()
    POLICY: ClassVar[str] = "MlpPolicy"
    ACTIONS: ClassVar[str | None] = None
    gradient: str = "torch"
    _COUNTERS = ("num_timesteps", "_n_updates", "_episode_num")
    _LAST: ClassVar[tuple[str, ...]] = ("_last_obs", "_last_original_obs", "_last_episode_starts")

    def choose_gradient(self, wanted: str) -> None:
        """Let compiled code compute gradients where that is wanted: `compiled`; `auto`: where it can; `torch`: never.

        Before the first step, for it takes a new optimiser.

        Raises:
            ValueError: it is wanted, and cannot.
        """
        reason = self.why_not_compiled()
        if wanted == "compiled" and reason:
            raise ValueError(f"train.gradient: got compiled, wanted auto or torch: {reason}")
        if wanted != "torch" and not reason:
            self.compile()
            self.gradient = "compiled"

    def why_not_compiled(self) -> str:
        """Why compiled code cannot compute the gradients; '' where it can."""
        return "only ppo's gradients can be compiled"

    def compile(self) -> None:
        """Let compiled code compute the gradients from now on."""
        raise NotImplementedError

    def move_to(self, worlds: SharedPolicyVecEnv) -> None:
        """Go on with new episodes in other worlds, of equal spaces and equally many rows.

        The statistics of observations and rewards go on, as does all else that was learned.
        """
        assert isinstance(self.env, ActiveVecNormalize)
        self.env.venv = worlds
        self._last_obs = self.env.reset()
        self._last_original_obs = self.env.get_original_obs()
        self._last_episode_starts = np.ones(self.env.num_envs, bool)

    def state(self) -> dict[str, Any]:
        """What `restore` needs, between two iterations; to be written at once, for arrays may be the learner's own."""
        assert isinstance(self.env, ActiveVecNormalize)
        _, tensors = self._get_torch_save_params()
        return {
            "parameters": self.get_parameters(),
            "tensors": {name: getattr(self, name).detach() for name in tensors},
            "attributes": {name: getattr(self, name) for name in (*self._COUNTERS, *self._LAST)},
            "worlds": self.env.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a `state` of a learner that was made with the same arguments."""
        assert isinstance(self.env, ActiveVecNormalize)
        self.set_parameters(state["parameters"], exact_match=True)
        for name, tensor in state["tensors"].items():
            getattr(self, name).data.copy_(tensor)  # optimisers hold on to it
        self.env.reset()
        self.env.restore(state["worlds"])
        self.__dict__.update(state["attributes"])
