"""Asks registries what they hold: manifests and image configs, never layers."""
