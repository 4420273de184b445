"""Exact laws: each gives `sample`, the exact `profile()` and a `denoiser()`."""
