"""Pictures of the screens, made without a terminal: the same bytes every time.

In: scenes (a topology, a place in its walk, a size, looks, a language) and the app that draws them. Out: SVG, text,
PNG, HTML and recordings. One scene is the source for documentation, slides and tests.
Never here: how a screen looks (`ui`), what happens (`workflow`).
"""
