"""Find out what has to change before GPU work moves from Docker to a Kubernetes cluster."""

__version__ = "0.1.0"
