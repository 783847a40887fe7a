"""One world through all stages in a folder of its own, without DVC: `murmuration train`, and `train` in Python."""

from pipeline.standalone.results import Run
from pipeline.standalone.training import train

__all__ = ["Run", "train"]
