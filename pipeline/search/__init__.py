"""Search of trees by true rules, for many positions at once, the network asked once per level for all."""

from envs.ground.compiled.compilation import prepare

prepare()
