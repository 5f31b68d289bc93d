"""Files with commands in them -> those commands, at their places in the file."""
