"""Applications, entities and resource associations: their items, their rules, their lists.

Imports ``accounts`` and what is below it.
"""
