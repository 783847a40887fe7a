"""Run all benchmarks and print their tables: python -m benchmarks."""

from __future__ import annotations

from benchmarks import simulation, training

if __name__ == "__main__":
    simulation.main()
    training.main()
