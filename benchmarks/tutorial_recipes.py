"""PettingZoo's tutorials with Stable-Baselines3, by the settings that they publish: SuperSuit's wrappers, SB3's PPO.

Waterworld's is the one of PettingZoo 1.25, the last that had it; the others are those of 1.27. Simple spread has no
tutorial with Stable-Baselines3: it takes waterworld's, at SB3's own learning rate and in one process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import gymnasium
import numpy as np
import supersuit
from pettingzoo import AECEnv, ParallelEnv
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.utils import set_random_seed


@dataclass(frozen=True)
class Recipe:
    """What a tutorial trains in, and with.

    Attributes:
        module, arguments: of the environment.
        budget: agent-steps, in whole rollouts of this recipe.
        wrappers: of SuperSuit with their arguments, for training and for playing.
        by_turns: agents move one after the other, and may not make every move.
        dies: agents leave before the end, so that training wants SuperSuit's black_death too.
        copies, processes: of the environment, and over how many processes.
        num_episodes: that each policy plays.
    """

    module: str
    budget: int
    arguments: Mapping[str, Any] = field(default_factory=dict)
    wrappers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    dies: bool = False
    copies: int = 8
    processes: int = 1
    network: str = "MlpPolicy"
    num_episodes: int = 50
    by_turns: bool = False
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)


_SMALL_IMAGES = {
    "color_reduction_v0": {"mode": "B"},
    "resize_v1": {"x_size": 84, "y_size": 84},
    "frame_stack_v1": {"stack_size": 3},
}
_ZOMBIES = Recipe(
    "pettingzoo.butterfly.knights_archers_zombies_v11",
    budget=131_072,
    arguments={"max_cycles": 100, "max_zombies": 4, "obs_method": "vector"},
    dies=True,
    hyperparameters={"batch_size": 256},
)
RECIPES = {
    "waterworld": Recipe(
        "pettingzoo.sisl.waterworld_v4",
        budget=98_304,
        processes=2,
        num_episodes=20,
        hyperparameters={"learning_rate": 1e-3, "batch_size": 256},
    ),
    "zombies": _ZOMBIES,
    "zombies_by_images": Recipe(
        _ZOMBIES.module,
        budget=32_768,
        arguments={**_ZOMBIES.arguments, "obs_method": "image"},
        wrappers=_SMALL_IMAGES,
        dies=True,
        network="CnnPolicy",
        num_episodes=20,
        hyperparameters={**_ZOMBIES.hyperparameters, "n_steps": 512},  # a fourth: its budget is two rollouts, too
    ),
    "pistonball": Recipe(
        "pettingzoo.butterfly.pistonball_v6",
        budget=40_960,
        arguments={
            "n_pistons": 20,
            "time_penalty": -0.1,
            "continuous": True,
            "random_drop": True,
            "random_rotate": True,
            "ball_mass": 0.75,
            "ball_friction": 0.3,
            "ball_elasticity": 1.5,
            "max_cycles": 25,
        },
        wrappers=_SMALL_IMAGES,
        copies=4,
        processes=2,
        network="CnnPolicy",
        hyperparameters={
            "gamma": 0.95,
            "n_steps": 256,
            "ent_coef": 0.0905168,
            "learning_rate": 0.00062211,
            "vf_coef": 0.042202,
            "max_grad_norm": 0.9,
            "gae_lambda": 0.99,
            "n_epochs": 5,
            "clip_range": 0.3,
            "batch_size": 256,
        },
    ),
    "simple_spread": Recipe(
        "mpe2.simple_spread_v3", budget=98_304, num_episodes=100, hyperparameters={"batch_size": 256}
    ),
    "connect_four": Recipe("pettingzoo.classic.connect_four_v3", budget=20_480, num_episodes=200, by_turns=True),
}


def learner(recipe: Recipe, seed: int, device: str) -> BaseAlgorithm:
    """The recipe's PPO in its worlds, before its first step; a game by turns takes the one that masks.

    It logs nothing: its own logger would leave a folder behind.
    """
    set_random_seed(seed)
    model = _learner(recipe, seed, device)
    model.set_logger(Logger(folder=None, output_formats=[]))
    return model


def _learner(recipe: Recipe, seed: int, device: str) -> BaseAlgorithm:
    module = import_module(recipe.module)
    if recipe.by_turns:
        return MaskablePPO("MlpPolicy", AsOnePlayer(module.env(**recipe.arguments), seed), device=device, seed=seed)
    env = module.parallel_env(**recipe.arguments)
    env = wrapped(supersuit.black_death_v3(env) if recipe.dies else env, recipe.wrappers)
    env.reset(seed=seed)
    worlds = supersuit.concat_vec_envs_v1(
        supersuit.pettingzoo_env_to_vec_env_v1(env),
        recipe.copies,
        num_cpus=recipe.processes,
        base_class="stable_baselines3",
    )
    return PPO(recipe.network, worlds, device=device, **recipe.hyperparameters)


def wrapped(env: ParallelEnv, wrappers: Mapping[str, Mapping[str, Any]]) -> ParallelEnv:
    """The environment in SuperSuit's wrappers, the first innermost."""
    for name, arguments in wrappers.items():
        env = getattr(supersuit, name)(env, **arguments)
    return env


class AsOnePlayer(gymnasium.Env):
    """A game by turns as the environment of one player, who moves for whoever moves, and is paid what the mover got."""

    def __init__(self, game: AECEnv, seed: int) -> None:
        """Play `game`, the first time from `seed`."""
        game.reset(seed=seed)
        self._game = game
        self.observation_space = game.observation_space(game.agent_selection)["observation"]
        self.action_space = game.action_space(game.agent_selection)

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        """See gymnasium.Env."""
        self._game.reset(seed=seed, options=options)
        return self._seen("observation"), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        """See gymnasium.Env; the observation is of who moves next."""
        mover = self._game.agent_selection
        self._game.step(action)
        paid = self._game._cumulative_rewards[mover]
        return self._seen("observation"), paid, self._game.terminations[mover], self._game.truncations[mover], {}

    def action_masks(self) -> np.ndarray:
        """Which moves are allowed, as sb3-contrib asks for them."""
        return self._seen("action_mask").astype(bool)

    def _seen(self, part: str) -> np.ndarray:
        return self._game.observe(self._game.agent_selection)[part]
