"""Applications, entities and resource associations: the domain package of all functions.

Packages import only from those below their own (``pyproject.toml``, import-linter). Each one's
docstring says what it is for.
"""

import gc

# A start creates some 50,000 objects, and all of them stay. Looking for garbage among them would
# take a tenth of its time.
gc.set_threshold(50_000)
