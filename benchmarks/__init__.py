"""How fast the service is, as ratios against what the same machine can do at all: `python -m benchmarks`."""
