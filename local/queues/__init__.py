"""Queues on this machine, and the event source mappings that read them."""
