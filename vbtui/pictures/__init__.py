"""Pictures of the screens, made without a terminal: the same bytes every time.

In: scenes (a topology, a place in its walk, a size, looks, a language) and the app that draws them. Out: SVG, text,
PNG, HTML and recordings. One scene is the source for documentation, slides and tests.
Never here: how a screen looks (`ui`), what happens (`workflow`), a run of a job, anything that the person who takes a
picture has set or kept.

Nothing is re-exported: pytest imports this package in every project that has vbtui (`plugin`), and that must cost
nothing. The names are in `scene` (load_scene), `playing` (play), `shots` (documents, write), `recording` (record),
`cast` (cast_of) and `replay` (replay_of).
"""
