"""What the user set: options, advisor.toml, assumptions."""
