"""`dvc exp run --temp` for one experiment: dvc by itself goes on with what others have put on its list meanwhile.

Usage: python -m flows.one_experiment ARGUMENTS (of dvc)
"""

from __future__ import annotations

import sys

from dvc.cli import main
from dvc.repo.experiments.exceptions import ExpQueueEmptyError
from dvc.repo.experiments.queue.base import QueueGetResult
from dvc.repo.experiments.queue.tempdir import TempDirQueue


def end_after_one() -> None:
    """Let dvc take one experiment off its list, and then find nothing there."""
    take, taken = TempDirQueue.get, list[QueueGetResult]()

    def take_one(queue: TempDirQueue) -> QueueGetResult:
        if taken:
            raise ExpQueueEmptyError("one is made")
        taken.append(take(queue))
        return taken[0]

    TempDirQueue.get = take_one


if __name__ == "__main__":
    end_after_one()
    sys.exit(main(sys.argv[1:]))
