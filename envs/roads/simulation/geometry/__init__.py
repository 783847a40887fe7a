"""Where roads run: routes through one junction, drawn from seeds or read from files."""
