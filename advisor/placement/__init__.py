"""Where a job could run, where its image and data are: pure functions of the snapshot."""
