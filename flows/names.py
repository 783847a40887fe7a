"""What an experiment is called that was given no name: what it changes, in a few words."""

from __future__ import annotations

import re
from collections.abc import Sequence

UNCHANGED = "experiment"
LONGEST = 40
_PARTS_OF_VALUE = re.compile(r"[A-Za-z0-9.]+(?:(?<=e)-[0-9]+)?")
_NEGATIVE = re.compile(r"^-(?=[0-9.])")


def name_of(overrides: Sequence[str]) -> str:
    """`num-worlds-128-gamma-0.9` of `train.num_worlds=128` and `++train.hyperparameters.gamma=0.9`.

    Up to 40 characters: of those that no longer fit it says how many there are.
    """
    words = [_word(override) for override in overrides]
    kept = [*words]
    while len(name := _joined(kept, len(words) - len(kept))) > LONGEST:
        kept.pop()
    return name or UNCHANGED


def _joined(kept: Sequence[str], left_out: int) -> str:
    if not left_out:
        return "-".join(kept)
    return "-".join([*kept, f"{left_out}-more" if kept else f"{left_out}-changes"])


def _word(override: str) -> str:
    """Of one override: the last part of its key, and its value."""
    key, _, value = override.partition("=")
    last = key.lstrip("+~").rpartition(".")[2].replace("_", "-").lower().strip("-")
    if key.startswith("~"):
        return f"without-{last}"
    words = _PARTS_OF_VALUE.findall(_NEGATIVE.sub("minus ", value))
    return "-".join([last, *filter(None, (word.strip(".").lower() for word in words))])
