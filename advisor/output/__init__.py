"""One module per format: each turns an Assessment into one text, and reads no clock and no host."""
