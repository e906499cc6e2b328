"""The parts of the walkthrough, one per file. Each is shown a `Moment` and draws the rows that changed."""
