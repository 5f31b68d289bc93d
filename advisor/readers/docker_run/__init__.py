"""docker run, and what else takes its words, read as a job."""
