"""Where runs are recorded: the only door to MLflow."""
