"""What follows the table's stream: page indexes, the audit, and the checks of both.

Imports ``operations`` and what is below it.
"""
