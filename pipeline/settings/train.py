"""Typed records of the section train."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from envs.ground.record import Count, Record


class Validation(Record):
    """The periodic evaluation while training."""

    episodes: Literal["drawn", "traffic"]
    simulation: dict[str, Any]
    every_timesteps: Count
    flawless_to_stop: Count
    patience: Count | None


class Lesson(Record):
    """Easier episodes to begin with, until enough of them are solved."""

    simulation: dict[str, Any]
    solved_share: Annotated[float, Field(gt=0, le=1)]


class Curriculum(Record):
    """Lessons that come before what is to be learned."""

    lessons: tuple[Lesson, ...]
    every_timesteps: Count
    num_episodes: Count


class SelfPlay(Record):
    """Who has the other teams of an episode while one of them learns."""

    window: Count
    swap_steps: Count
    latest_share: Annotated[float, Field(ge=0, le=1)]
    rules: tuple[str, ...]


class Train(Record):
    """Stage train: one policy shared by all agents, or by all of a role."""

    algorithm: str
    share: Literal["all", "role"]
    preset: str
    hyperparameters: dict[str, Any]
    traffic: Literal["procedural", "own"] | Annotated[tuple[str, ...], Field(min_length=1)]
    simulation: dict[str, Any]
    curriculum: Curriculum
    self_play: SelfPlay | None
    num_worlds: Count
    num_processes: Count
    total_timesteps: Count
    begin_with: str | None
    records: str | None
    keep_policies: Annotated[int, Field(ge=0, le=1000)]
    normalize_observation: bool
    normalize_reward: bool
    device: Literal["cpu", "cuda", "auto"]
    gradient: Literal["auto", "compiled", "torch"]
    torch_threads: Count
    environment_threads: Count
    checkpoint_every_timesteps: Count
    validation: Validation

    @model_validator(mode="after")
    def _lessons_are_drawn(self) -> Self:
        if self.curriculum.lessons and self.traffic != "procedural":
            raise ValueError(f"traffic: got {self._named}, wanted procedural, as in curriculum.lessons")
        return self

    @model_validator(mode="after")
    def _validated_on_what_has_a_name(self) -> Self:
        if self.validation.episodes == "traffic" and self.traffic == "procedural":
            raise ValueError("validation.episodes: got traffic, wanted drawn, or scenarios by name in traffic")
        return self

    @property
    def _named(self) -> str:
        return self.traffic if isinstance(self.traffic, str) else str(list(self.traffic))

    def of_policy(self, policy: str) -> Self:
        """The same, where `traffic` is `own` with the scenario of the policy's name, to train and to validate on."""
        if self.traffic != "own":
            return self
        validation = self.validation.model_copy(update={"episodes": "traffic"})
        return self.model_copy(update={"traffic": (policy,), "validation": validation})
