"""Side-by-side benchmarks that anyone can run: see bench/README.md."""
