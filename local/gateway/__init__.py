"""An API Gateway REST API on this machine."""
