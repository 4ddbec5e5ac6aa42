"""The operator's command: accounts, API keys and consistency checks. It is not deployed."""
