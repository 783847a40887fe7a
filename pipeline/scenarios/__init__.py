"""The sets that are played outside of training: drawn, proven, kept on disk."""
