"""One world through all stages in a folder of its own, without DVC: `murmuration train`, and `train` in Python."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.standalone.results import Run
    from pipeline.standalone.training import train

__all__ = ["Run", "train"]


def __getattr__(name: str) -> Any:
    """What is offered here, imported when it is asked for: the help of `murmuration train` needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'results' if name == 'Run' else 'training'}"), name)
