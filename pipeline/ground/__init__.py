"""What every room stands on: paths, files, digests, refusals, progress."""
