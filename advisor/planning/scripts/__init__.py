"""The plan as files: scripts that are safe to read and run, manifests, and a README."""
