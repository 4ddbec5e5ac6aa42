"""Work on many associations at once: deletions, reassignments, and the undo of both.

* Requests: ``deletions``, ``reassignments`` and ``undo`` start operations, ``impact`` previews a
  deletion, ``lookup``, ``summary`` and ``journal`` show operations, ``control`` resumes and cancels
  them.
* The stream: ``worker`` carries out operations slice by slice, ``orphans`` moves associations that
  were written too late for their operation.
* The schedule: ``shard_failures.revive``.

The kinds of operation are objects (``operation_kinds``); a new kind is one more.

Imports ``resources`` and what is below it.
"""
