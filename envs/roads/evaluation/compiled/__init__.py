"""Times to collision, times between, and unhindered drives in compiled code."""
