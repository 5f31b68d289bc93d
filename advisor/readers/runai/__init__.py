"""runai submit of v1 and v2, read as a job."""
