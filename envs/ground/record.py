"""A record of settings: typed, frozen, and refusing whatever it does not know."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from envs.ground.names import LONGEST_NAME

MOST = 1e12
"""Of any number that a person sets: products of some of them are still finite, and counts fit everywhere."""

Positive = Annotated[float, Field(gt=0, le=MOST)]
NotNegative = Annotated[float, Field(ge=0, le=MOST)]
NotPositive = Annotated[float, Field(le=0, ge=-MOST)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=int(MOST))]
NotNegativeCount = Annotated[int, Field(ge=0, le=int(MOST))]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=LONGEST_NAME)]


class Record(BaseModel):
    """Base of all settings records: every field typed, no unknown key accepted, no change after construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Check plain values (dicts, lists, strings, numbers, as yaml or json give them) and return the record.

        Raises:
            pydantic.ValidationError: naming each unknown, missing, mistyped or out-of-range field. Read as JSON, so
                that a list may stand for a tuple while "3" is still no number.
        """
        return cls.model_validate_json(json.dumps(values))


def unknown(name: str, names: Collection[str]) -> str:
    """The words that refuse a name which is not among `names`: the nearest one, and all."""
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" did you mean {near[0]!r}?" if near else ""
    return f"unknown {name!r},{hint} known: {', '.join(names) or 'none'}"
