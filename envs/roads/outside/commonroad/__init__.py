"""CommonRoad's scenario files (XML, versions 2017a, 2018b and 2020a): maps of lanelets with cars that were recorded.

Althoff, Koschi and Manzinger, "CommonRoad: composable benchmarks for motion planning on roads", IEEE Intelligent
Vehicles Symposium 2017. Files are read and not written.
"""
