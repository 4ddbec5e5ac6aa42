"""The entry point of the installed command; it imports nothing, so that Ctrl-C always ends well."""


def main() -> int:
    """Carry out the process's command line and return its exit code."""
    try:
        from aem.__main__ import main as run  # noqa: PLC0415 - the import can be interrupted
    except KeyboardInterrupt:
        import sys  # noqa: PLC0415

        sys.stderr.write("Interrupted.\n")
        return 130
    return run()
