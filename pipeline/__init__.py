"""The experiment: parameters, algorithms, tracking, statistics, pictures."""

import os

# Two idle torch threads that spin take the core from whatever else runs, and training falls to a tenth; waiting
# passively costs nothing measurable on a quiet machine. OpenMP reads this once, so it comes before torch.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
