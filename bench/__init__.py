"""Measurements of the project, beside others on the same machine in the same run."""
