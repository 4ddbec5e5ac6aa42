"""boto3's clients: how they are made, how long they wait and how they read responses."""
