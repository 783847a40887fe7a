"""torch's Adam, begun when something is first asked of it: to begin loads torch's compiler, which takes a second."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch


class LateAdam(torch.optim.Adam):
    """What is made in vain never begins: a rehearsal's, or one that gives way to compiled gradients."""

    def __init__(self, params: Iterable[torch.Tensor], **settings: Any) -> None:
        """See torch.optim.Adam, which refuses what it does not take, but later."""
        self._given = (list(params), settings)

    def __getattr__(self, name: str) -> Any:
        """Whatever is not there yet: begin, and look again."""
        given = self.__dict__.pop("_given", None)
        if given is None:
            raise AttributeError(f"{type(self).__name__} has no attribute {name}")
        params, settings = given
        super().__init__(params, **settings)
        return getattr(self, name)
