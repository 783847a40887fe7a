"""What others have for the roads: CommonRoad's scenario files, and the simulator SUMO."""
