"""Teaching: what is worth asking about a run, and which answer is right.

In: a topology and its trace. Out: questions bound to events, with every answer that could be meant and the one that the
trace gives; codes and parameters, so that they work on anybody's topology and in every language.
Never here: sentences (`render`), keys, where the playhead stands (`walk`).
"""
