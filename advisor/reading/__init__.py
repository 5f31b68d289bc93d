"""Files, folders, standard input and quoted commands -> the jobs in them."""
