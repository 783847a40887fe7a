"""The page that says how good a policy is, and where it fails."""
