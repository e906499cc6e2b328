"""The door: one thin module per command group; it parses arguments, calls a room and prints through `render`.

In: arguments and the environment. Out: text on the streams and an exit code (`exits` says which).
Rooms are imported inside the commands: `--version` and `--help` load click and nothing of ours beyond this package.
Never here: decisions about backups, text that is not marked for translation, a traceback for a user's mistake.
"""

from vbtui.cli.entry import main

__all__ = ["main"]
