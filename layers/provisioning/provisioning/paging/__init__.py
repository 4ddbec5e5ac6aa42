"""Pages of large collections with exact totals.

Other packages read lists with ``pages.page`` and ``pages.total``, and call ``recount.touch_all``
after items came or went. The followers of the stream also continue a page index that is being built
(``building``), and check and rebuild one (``check``, ``rebuild``).

Imports ``table`` and ``core``.
"""
