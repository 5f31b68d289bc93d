"""`advisor serve`: a page, and an interface for programs, that judge what somebody pastes."""
