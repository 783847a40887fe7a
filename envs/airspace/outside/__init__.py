"""What others have for the airspace: the open simulator BlueSky, and its scenario files."""
