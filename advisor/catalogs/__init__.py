"""The data tables of rules/catalog, loaded and typed."""
