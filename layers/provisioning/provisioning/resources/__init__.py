"""Applications, entities and associations: their items, rules and lists.

Imports ``accounts`` and packages below it.
"""
