"""Python that builds and starts containers."""
