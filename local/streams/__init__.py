"""Event source mappings of the table's stream: read it and invoke functions, as Lambda does."""
