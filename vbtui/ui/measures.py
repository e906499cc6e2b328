"""How often the walkthrough is drawn, and how much room its views need."""

STEPS_PER_SECOND = 5
"""Pictures a second where nothing travels; with motion it is `Looks.frames`."""
POLLS_PER_SECOND = 5
"""Looks at a live run a second: more would take from the copies what nobody can read."""

LEAST = (60, 20)
"""Columns and rows below which every screen shows only a message."""
WIDE = (110, 32)
"""Columns and rows from which all views stand side by side."""
ROOMY = 160
"""Columns from which the texts and the table get more of the screen."""
