"""Lets a table's stream drive functions, as Lambda's event source mappings do."""
