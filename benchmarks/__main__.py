"""Run all benchmarks and print their tables: python -m benchmarks."""

from __future__ import annotations

from benchmarks import roads, simulation, swarm, training

if __name__ == "__main__":
    simulation.main()
    roads.main()
    swarm.main()
    training.main()
