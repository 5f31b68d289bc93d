"""Readers: what people wrote, as JobSpecs. One folder a form."""
