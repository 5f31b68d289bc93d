"""Kubernetes objects as they are written, whether a server sent them or a file holds them."""
