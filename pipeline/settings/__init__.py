"""params.yaml as typed, frozen records."""
