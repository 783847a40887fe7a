"""The airspace as a vector environment of Stable-Baselines3, learned in by its own PPO, without the pipeline.

Rows of nobody are learned from, too, which the pipeline's learners leave out. It shows how little is needed to try an
algorithm of one's own on these worlds.

Usage: python examples/learn_with_sb3.py
"""

from __future__ import annotations

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy

import envs

SETTINGS = {"observation": {"layout": "relative_cpa"}}
NUM_WORLDS, TIMESTEPS = 16, 8192


def main() -> None:
    """Learn for some seconds and print the mean return of an aircraft before and after."""
    torch.set_num_threads(1)  # small networks gain nothing by more
    venv = envs.vectorize("airspace_v0", SETTINGS, NUM_WORLDS, seed=0)
    model = PPO("MlpPolicy", venv, n_steps=32, batch_size=512, gamma=0.98, seed=0, device="cpu")
    before, _ = evaluate_policy(model, venv, n_eval_episodes=64, warn=False)
    model.learn(TIMESTEPS)
    after, _ = evaluate_policy(model, venv, n_eval_episodes=64, warn=False)
    print(f"{venv.num_envs} rows; mean return {before:.1f} before, {after:.1f} after {TIMESTEPS} steps of rows")


if __name__ == "__main__":
    main()
