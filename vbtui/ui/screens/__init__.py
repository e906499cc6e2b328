"""The screens, one per file, each with its stylesheet beside it: the large ones, and the dialogues over them.

The walkthrough has more keys than fit in one file, and a room of its own; `point_keys` has those of the Data screen
that work on restore points. Which key does what is said in the tables of `ui.keys`, not here.
"""
