"""The only code that talks to Kubernetes, Docker, registries, host files or subprocesses."""
