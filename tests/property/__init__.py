"""Properties that hold of any input."""
