"""The door: one thin module per command group; parses arguments, calls a room, prints through `render`, exits by contract."""

from vbtui.cli.entry import main

__all__ = ["main"]
