"""Work on many associations at once: deletions, reassignments and undoing them.

An operation is carried out in slices, driven by the table's stream. Imports ``resources`` and
what is below it.
"""
