"""Fuzzing that is guided by what the code does: targets, how inputs are changed, and the inputs that are kept."""
