"""The real servers that tests start: each one alone, on loopback, gone when its test is over."""
