"""What a person may change about the puzzle, with the defaults that make `envs.make("triangles_v0")` work alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from envs.ground.record import Count, Record
from envs.triangles.simulation.shapes import MOST_CELLS, Shape, polyiamonds, read_drawing


class Shapes(Record):
    """What is drawn: all fixed polyiamonds of up to `most_cells` cells equally often, or `pieces` by their weights."""

    most_cells: Annotated[int, Field(ge=1, le=MOST_CELLS)] = 4
    pieces: Mapping[str, Annotated[float, Field(gt=0.0)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Self:
        shapes = set[Shape]()
        for text in self.pieces:
            try:
                shape = read_drawing(text)
            except ValueError as error:
                raise ValueError(f"pieces: {error}") from None
            if shape in shapes:
                raise ValueError(f"pieces: got {text!r} twice, wanted each shape once")
            shapes.add(shape)
        return self

    @property
    def drawn(self) -> dict[Shape, float]:
        """Weights by shape."""
        if self.pieces:
            return {read_drawing(text): weight for text, weight in self.pieces.items()}
        return {shape: 1.0 for size in range(1, self.most_cells + 1) for shape in polyiamonds(size)}


class Observation(Record):
    """What is seen beside the board and the shapes on offer."""

    room: bool = True


class Reward(Record):
    """Weights of the parts."""

    cleared: float = 1.0
    placed: float = 0.0
    move: float = 0.0
    end: float = 0.0
    room: float = 0.0


class EpisodeSettings(Record):
    """When an episode is cut off."""

    max_steps: Count = 1000


class TrianglesSettings(Record):
    """Everything that decides how the puzzle behaves, apart from named positions themselves."""

    shapes: Shapes = Shapes()
    observation: Observation = Observation()
    reward: Reward = Reward()
    episode: EpisodeSettings = EpisodeSettings()
