"""The routes of the API, each beside its rule, which calls the packages below.

The top of the layer: functions import it, no other package does.
"""
