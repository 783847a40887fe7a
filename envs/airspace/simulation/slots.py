"""Where the neighbours stand in what one aircraft sees."""

from __future__ import annotations

from collections.abc import Sequence

from envs.ground.world import Slots

_SLOT = "neighbour_"


def neighbour_slots(names: Sequence[str]) -> tuple[Slots, ...]:
    """The group of neighbour slots in an observation of these names; none where nothing says which are there."""
    if f"{_SLOT}0_presence" not in names:
        return ()
    width = sum(name.startswith(f"{_SLOT}0_") for name in names)
    num = sum(name.startswith(_SLOT) for name in names) // width
    return (Slots("neighbour", names.index(f"{_SLOT}0_presence"), num, width, presence=0),)
