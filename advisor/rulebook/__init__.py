"""Rules are data: load them, check them, evaluate them over views, explain them."""
