"""The stages of dvc.yaml, one module each: thin; what they do stands in the rooms."""
