"""The migration plan: what moves, from where, to where, in which order, and who is to be asked."""
