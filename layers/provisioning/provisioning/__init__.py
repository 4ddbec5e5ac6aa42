"""Applications, entities and resource associations: the rules of the product.

Modules stand in ranks, each importing only from those below it (kept by import-linter):

``api`` (requests in, answers out) → the rules (``parents``, ``associations``, ``operations``,
``resets``, ``accounts``) → ``pages`` → ``dynamodb`` and ``keys`` → ``schema``, ``kinds``,
``errors``, ``log``.
"""
