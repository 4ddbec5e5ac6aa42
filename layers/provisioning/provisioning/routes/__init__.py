"""The routes that several functions share: applications and entities, and bulk requests.

The top of the layer: functions import it, no package does.
"""
