"""How the puzzle is played: lattice, shapes, rules, rows to learn from; enough to train in."""

from envs.ground.compiled.compilation import prepare

prepare()
