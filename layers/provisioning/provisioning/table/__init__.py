"""The single DynamoDB table: its keys, its items, and every call to DynamoDB.

The one package that calls DynamoDB and the one place that builds a key. Imports ``core``.
"""
