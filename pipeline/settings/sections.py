"""Typed records of the small sections of params.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from envs.ground.record import Count, NotNegative, Record, Seed, Share
from pipeline.settings.search_space import Searched

_LONGEST_TEXT = 200
Port = Annotated[int, Field(ge=1024, le=65535)]


class Pruner(Record):
    """When a trial of the stage tune ends early."""

    startup_trials: Annotated[int, Field(ge=1)]
    warm_up_evaluations: Annotated[int, Field(ge=0)]


class Tune(Record):
    """Stage tune: training parameters to try out."""

    trials: Annotated[int, Field(ge=0)]
    policy: str
    seed: Seed
    space: tuple[Searched, ...]
    pruner: Pruner

    @model_validator(mode="after")
    def _of_training(self) -> Self:
        for searched in self.space:
            if not searched.key.startswith("train."):
                raise ValueError(f"space: got {searched.key}, wanted keys that begin with train.")
        if self.trials and not self.space:
            raise ValueError(f"got {self.trials} trials and no space, wanted at least one parameter to try out")
        return self


class Export(Record):
    """Stage export: the policy as one ONNX file."""

    opset: Annotated[int, Field(ge=17, le=20)]
    parity_tolerance: Annotated[float, Field(gt=0)]
    parity_observations: Count
    envelope_margin: NotNegative


class Report(Record):
    """Stage report: the page to look at."""

    title: Annotated[str, Field(max_length=_LONGEST_TEXT)]
    picture_columns: Count


class Tracking(Record):
    """Where runs are recorded."""

    experiment: Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT)]
    tensorboard: bool
    system_metrics: bool


class Acceptance(Record):
    """What a policy has to reach, played beside the champion through the same episodes."""

    set: Literal["test", "suite", "custom"]
    failure_margin: Share
    failure_ceiling: Share
    share_margin: Share


class Flows(Record):
    """When Prefect runs the stages: where its pages are, and what happens when a training crashes."""

    prefect_port: Port
    mlflow_port: Port
    runs_at_once: Count
    training_retries: Annotated[int, Field(ge=0, le=10)]
    retry_delay_s: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _distinct_ports(self) -> Self:
        if self.prefect_port == self.mlflow_port:
            raise ValueError(f"got {self.prefect_port} for prefect_port and mlflow_port, wanted two ports")
        return self
