"""Reads one Kubernetes cluster through its API, and writes nothing to it."""
