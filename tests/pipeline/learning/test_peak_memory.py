"""A fact about the memory that training tells of."""

import psutil

from pipeline.learning.training import peak_memory_mb


def test_it_is_what_the_process_holds_whatever_the_system_counts_in() -> None:
    now_mb = psutil.Process().memory_info().rss / 2**20
    assert now_mb - 1 <= peak_memory_mb() < psutil.virtual_memory().total / 2**20
