"""Queues on this machine, and the functions that they drive."""
