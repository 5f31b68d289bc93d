"""What docker's and runai's command lines have in common."""
