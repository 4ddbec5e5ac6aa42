"""A capacity model: what a real DynamoDB table refuses, in front of DynamoDB Local.

DynamoDB Local itself has no limits. The proxy stands between the functions and the engine. It
charges each call by AWS's documented rules ("DynamoDB read and write operations"), keeps a token
bucket for each partition key and for the table, and answers what exceeds them with the errors of
AWS. It is a model: a partition key has one partition here, which AWS would split by sort key when
it stays hot; indexes and streams are not charged.
"""
