"""BlueSky's scenario files (.scn): commands with times, of which those that describe a start can be read and written.

A scenario becomes CRE for each aircraft and ADDWPT for its waypoint, all at time 0. What BlueSky has no command for
(seed, notes, the frame's centre) stands in a comment, which BlueSky skips.
"""
