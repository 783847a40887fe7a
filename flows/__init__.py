"""When, how often, and what to do when it fails: Prefect, above the graph that DVC owns."""
