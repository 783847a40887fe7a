"""The airspace: aircraft at one flight level that must reach their waypoints and keep 5 NM apart."""

from envs.ground.compiled.compilation import prepare

prepare()
