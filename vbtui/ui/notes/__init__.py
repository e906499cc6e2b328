"""Speaker notes: a second terminal that follows a presentation and says what there is to say about it.

In: the moments of a walk that is presented. Out: on a socket of the same user, what its notes show. `presenting`
decides when something is said, `presented` is the message, `channel` its way from one process to the other, `app` what
the second terminal shows, `keys` its keys; `notices` is what the presentation says of it.
Never here: the sentences of the notes (`render.notes_texts`), what the presentation itself shows.

Nothing is re-exported: the walkthrough needs `presenting` before its first picture, and the rest only when somebody
presents.
"""
