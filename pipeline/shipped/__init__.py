"""What comes along with the code, in a checkout and in a wheel alike: the values of params.yaml, and champions.

`params.yaml` and `champions` in this folder are links to those of the checkout; a wheel holds the files themselves.
"""
