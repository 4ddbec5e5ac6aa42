"""Follows the table's stream: page indexes, resource links, the audit, and their consistency check.

Imports ``operations`` and packages below it.
"""
