"""The parts of the screens, one per file. Each is shown an immutable value (a `Moment`, a `Bench`, a `DataBench`, rows
that are made already) and draws the rows that changed; what a person does to it becomes a message to its screen."""
