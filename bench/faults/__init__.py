"""Servers of a cluster are killed, stopped and frozen while programs publish and read."""
