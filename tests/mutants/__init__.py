"""Small faults put into the deciding code on purpose: `make mutants` counts those the tests see."""
