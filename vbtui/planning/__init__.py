"""What it takes: required connections of every possible assignment, and the verdict of every step."""
