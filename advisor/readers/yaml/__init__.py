"""YAML and JSON texts of users: read fast, checked, and with positions when somebody asks."""
