"""Records of play: what agents saw, did and were paid, as a folder of files that trainings learn from."""
