"""Many clusters and hosts: collected into a folder, shown as one site, given out as tables."""
