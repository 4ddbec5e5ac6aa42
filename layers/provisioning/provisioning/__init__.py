"""Applications, entities and resource associations: the rules of the product.

Modules stand in ranks, each importing only from those below it (kept by import-linter):

``api`` (requests in, answers out) → the rules (``parents``, ``associations``, ``operations``,
``resets``, ``accounts``) → ``pages`` → ``dynamodb`` and ``keys`` → ``schema``, ``kinds``,
``errors``, ``log``.
"""

import gc

# A start makes some 50,000 objects, and all of them stay: to look for garbage among them time and
# again would take a tenth of it. Most of what a request makes goes without being looked for.
gc.set_threshold(50_000)
