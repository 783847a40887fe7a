"""One parameter to try out: some values, or all between two."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Value = bool | int | float | str


class Searched(BaseModel):
    """One parameter of a sweep: some values, or all between two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(pattern=r"^[A-Za-z_]\w*(\.\w+)*$")] = Field(
        description="Of params.yaml, say train.num_worlds or train.hyperparameters.learning_rate"
    )
    values: tuple[Value, ...] = Field(default=(), description="The values to try; none: all from low to high")
    low: float | None = Field(default=None, description="Smallest value")
    high: float | None = Field(default=None, description="Largest value")
    log: bool = Field(default=False, description="Small differences matter more where values are small")
    whole: bool = Field(default=False, description="Whole numbers only")

    @property
    def tried(self) -> tuple[Value, ...]:
        """The values, or the two ends."""
        if self.values:
            return self.values
        assert self.low is not None
        assert self.high is not None
        return (int(self.low), int(self.high)) if self.whole else (self.low, self.high)

    @model_validator(mode="after")
    def _values_or_range(self) -> Self:
        if self.values:
            if self.low is not None or self.high is not None:
                raise ValueError(f"{self.key}: got values and low or high, wanted one of both")
            return self
        if self.low is None or self.high is None or not self.low < self.high:
            raise ValueError(f"{self.key}: got low {self.low}, high {self.high}, wanted values, or low below high")
        if self.log and self.low <= 0:
            raise ValueError(f"{self.key}: got low {self.low}, wanted more than 0 where log is true")
        return self
