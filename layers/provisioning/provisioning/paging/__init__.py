"""Pages of large collections with exact totals, by a page index that follows the items.

Imports ``table`` and ``core``.
"""
