"""Tests; each folder mirrors the one of advisor/ with its name."""
