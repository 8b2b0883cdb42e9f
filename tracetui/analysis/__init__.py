"""What one asks about traces as a whole: rows in, rows out. Pure functions of what the workspace gives."""
