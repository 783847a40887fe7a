"""The stages of dvc.yaml, one module each: thin; what they do stands in the rooms."""

import gc

# Modules are no garbage. Looking for some while they load takes a fifth of the time; files.run switches it on again.
gc.disable()
