"""How the games are played: rules, rows to learn from, exact values; enough to train in."""

from envs.ground.compiled.compilation import prepare

prepare()
