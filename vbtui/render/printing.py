"""Text from outside - names of files, words of other programs - as it may stand in a line of ours.

Loads nothing: it is needed wherever something is said, also where no topology is known.
"""


def printable(text: object) -> str:
    """A text from outside as one line: what cannot be printed is written as an escape."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii")
        for char in str(text)
    )
