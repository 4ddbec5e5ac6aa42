"""boto3's clients: how they are made, how long they wait and how they read responses."""

from provisioning.core import config

config.use_newer_retries()  # before botocore is imported
