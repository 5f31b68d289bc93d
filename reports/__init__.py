"""Templates and styles of the reports; read as package data."""
