"""The numbers of all worlds, changed by compiled code."""
