"""The rules that come with advisor: one YAML file a rule, by area; read as package data."""
