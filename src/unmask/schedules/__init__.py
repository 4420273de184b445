"""Functions that return a `Schedule`."""
