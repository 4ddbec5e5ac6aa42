"""The single DynamoDB table: its keys, its items, and every call to DynamoDB.

The one package that calls DynamoDB and the one place that builds a key. Imports ``core``.

Every function that reads or writes the table, here or in a package above, may raise ThrottledError
or UnavailableError (``dynamodb.call``). Docstrings name further errors only.
"""
