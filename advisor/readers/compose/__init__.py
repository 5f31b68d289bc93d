"""Compose files read as jobs, one for each service."""
