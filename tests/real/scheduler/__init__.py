"""Made-up clusters, and what a real kube-scheduler says of the pods that are made up for them."""
