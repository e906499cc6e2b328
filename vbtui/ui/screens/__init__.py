"""The screens, one per file, each with its stylesheet beside it: the large ones, and the dialogues over them.

The walkthrough has more keys than fit in one file. Its actions stand in the modules named `*_keys`, a class over
`walk_screen.WalkScreen` for each subject, and the screen is all of them together; `point_keys` is the like for the Data
screen. Which key does what is said in the tables of `ui.keys`, not here.
"""
