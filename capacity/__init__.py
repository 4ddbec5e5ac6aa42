"""A capacity model: a proxy in front of DynamoDB Local that refuses calls as a real table does.

DynamoDB Local itself has no limits. The proxy charges each call by AWS's documented rules
("DynamoDB read and write operations"), keeps a token bucket for each partition key and for the
table, and refuses calls beyond them with the errors of AWS. It is a model: a partition key has one
partition here, which AWS would split by sort key when it stays hot; indexes and streams are not
charged. `make serve` starts it if CAPACITY is set; the benchmark and tests use it alone.
"""
