"""The followers of the table's stream.

* ``follower`` updates page indexes; ``consistency`` checks and repairs them and all links.
* ``audit`` records who changed what; ``audit_search`` lists it.

Imports ``operations`` and what is below it.
"""
