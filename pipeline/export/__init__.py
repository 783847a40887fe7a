"""A policy as one ONNX file, with all that is needed to run it."""
