"""What follows the table's stream.

* ``follower`` updates page indexes and resource links; ``consistency`` checks and rebuilds them.
* ``audit`` records who changed what; ``audit_search`` lists it.

Imports ``operations`` and what is below it.
"""
