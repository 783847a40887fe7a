"""The swarm: teams of discs that carry resources home, fight, and hold hives."""

from envs.ground.compiled.compilation import prepare

prepare()
