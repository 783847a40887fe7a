"""Learning from rollouts that older weights played, beside the learning: IMPALA and APPO."""
