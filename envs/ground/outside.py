"""What others have for a world, a room that few worlds need: their scenario files, and their simulators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from envs.ground.play import Episodes, Played, Space
    from envs.ground.policy import Policy


OWN = "own"
"""What the simulator that is the world's own is called beside others'."""


@dataclass(frozen=True)
class Taken:
    """What was taken of somebody's file: the scenario, and what is not in it or not as the file says, in sentences."""

    scenario: Any
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """A kind of scenario file that others read and write.

    Attributes:
        words: what it is: "BlueSky's scenario file".
        read: what is taken of a text, by its source and by choices, some of those below with a value each; raises
            ValueError naming the source and the line, or the choice.
        write: a scenario as text that `read` reads back; raises ValueError, naming the source, where it could not.
        choices: what a person may decide where a file says more than a scenario holds, by name, each in a few words.
    """

    words: str
    read: Callable[[str, str, Mapping[str, str]], Taken]
    write: Callable[[Any, str], str]
    choices: Mapping[str, str] = field(default_factory=dict)


class Outside(Protocol):
    """The optional room of a world: what others have for it.

    Attributes:
        formats: of scenario files beside our JSON, by the file's suffix.
        simulators: that can move this world, by name, each with a few words.
    """

    formats: Mapping[str, Format]
    simulators: Mapping[str, str]

    def play(
        self, simulator: str, space: Space, episodes: Episodes, policy: Policy, *, stochastic: bool = False
    ) -> Played:
        """Play episodes of named scenarios in one of `simulators`, all recorded; columns of rewards may be missing.

        Raises:
            ValueError: it is not installed, with what to do; or it cannot play them.
        """
        ...


class NothingOutside:
    """Of a world that nobody else knows."""

    formats: Mapping[str, Format] = {}
    simulators: Mapping[str, str] = {}

    def play(
        self, simulator: str, space: Space, episodes: Episodes, policy: Policy, *, stochastic: bool = False
    ) -> Played:
        """See Outside.play."""
        raise ValueError(f"simulator: got {simulator!r}, wanted none: this world has its own alone")
