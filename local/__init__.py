"""Runs template.yaml on one machine, without Docker and without AWS.

Never deployed. `python -m local serve` starts DynamoDB Local, creates the table
as the template says, and serves the REST API with each function in processes
of its own. docs/local.md says how this mirrors AWS, and where it differs.
"""
