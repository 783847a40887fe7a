"""The gradient of PPO's loss for the networks that fly here, compiled: one pass over each block of rows, in cache."""

from envs.ground.compiled.compilation import prepare

prepare()
