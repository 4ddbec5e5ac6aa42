"""Event source mappings of the table's stream: they read it and invoke functions, as Lambda does."""
