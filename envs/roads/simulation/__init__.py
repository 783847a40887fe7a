"""The roads: cars that must get through a junction without touching each other, the road's edge or a red light."""

from envs.ground.compiled.compilation import prepare

prepare()
