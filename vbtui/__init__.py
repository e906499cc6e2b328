"""vbtui: watch an image-level backup of VMware VMs happen, in a terminal.

The root imports nothing: every room is imported where it is needed, so that `vbtui --version` stays quick and
`import vbtui.engine` never loads a screen. The rooms and their floors are listed in the README.
"""

__version__ = "0.1.0"
