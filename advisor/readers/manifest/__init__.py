"""Kubernetes manifests read as jobs, one for each pod template."""
