"""The airspace: aircraft at one flight level that must reach their waypoints and keep 5 NM apart."""

from typing import Any

from envs.ground.compilation import prepare

prepare()


def __getattr__(name: str) -> Any:
    """SIMULATION, made when the door asks for it: whoever needs one module of this room loads no more."""
    if name != "SIMULATION":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from envs.airspace.simulation.simulation import SIMULATION

    return SIMULATION
