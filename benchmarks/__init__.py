"""How fast chartproof is, measured as ratios within one run: ``python -m benchmarks --help``."""
