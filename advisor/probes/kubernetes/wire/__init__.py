"""What the Kubernetes API sends, reduced to the fields that are used.

Servers send null where their own schema says a list, a map or a string; every field takes it.
"""
