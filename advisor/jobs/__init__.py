"""One neutral job, whatever it was written as, and the readers that make it."""
