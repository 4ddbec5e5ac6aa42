"""The command-line client of the API: ``aem``. It does not import the server's code."""

__version__ = "0.1.0"
