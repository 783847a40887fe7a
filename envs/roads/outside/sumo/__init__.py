"""SUMO beside the roads: Lopez et al., "Microscopic traffic simulation using SUMO", ITSC 2018."""
