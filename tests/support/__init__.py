"""What the tests of all kinds share: the client that drives the handlers, the engine, faults."""
