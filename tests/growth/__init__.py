"""Work that grows with what there is."""
