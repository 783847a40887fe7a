"""Trials of training parameters: the only door to Optuna."""
