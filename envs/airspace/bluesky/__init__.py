"""The open simulator BlueSky, in which exported policies fly."""
