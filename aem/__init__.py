"""The command-line client of the API: ``python -m aem``. It knows nothing of the service's code."""
