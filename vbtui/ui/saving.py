"""An edited topology as text, and files that are written whole or not at all.

Decided here: how a new file comes to be (written beside its place, then put there under its name, never over another
one), and that what is saved reads back as what is on the screen.
In: a loaded topology, a plan. Out: text; a file. Never here: a screen.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from vbtui.topology import LoadedTopology, Topology, TopologyError, parse
from vbtui.topology.editing import EditError, replace_all_rules
from vbtui.topology.loading import file_text


class ChangedMeanwhileError(Exception):
    """The file is no longer what was loaded, so that edits cannot be put into it."""


def edited_text(loaded: LoadedTopology, edited: Topology) -> str:
    """The file's text with the rules of `edited`, everything else as it is.

    Raises ChangedMeanwhileError if the file cannot be read any more, or has become another one.
    """
    # It brings planning with it, and there are files to write without that.
    from vbtui.walk.plan import changed_firewalls

    rules = {firewall.name: firewall.rules for firewall in changed_firewalls(loaded.topology, edited)}
    try:
        text = replace_all_rules(file_text(loaded.file), rules, file=loaded.file)
    except (TopologyError, EditError):
        raise ChangedMeanwhileError(loaded.file) from None
    if parse(text, loaded.file).topology != edited:
        raise ChangedMeanwhileError(loaded.file)
    return text


def write_new(path: Path, text: str, *, over: bool = False) -> None:
    """Write a file that must not exist yet; `over`: that may be a regular file already, which is replaced as a whole.

    Raises FileExistsError, or what the system says; then nothing is left, and an old file is what it was.
    """
    if not path.parent.is_dir():  # before the name of a temporary file gets into what the system says
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path.parent))
    if path.is_symlink() or (path.exists() and not (over and path.is_file())):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".vbtui-", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        part.chmod(0o666 & ~_umask())
        if over:
            part.replace(path)
            return
        try:
            # Unlike a rename, a link never replaces a file that has come there meanwhile.
            os.link(part, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            part.rename(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def _umask() -> int:
    """The process's mask of permissions, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def new_name(loaded: LoadedTopology, ending: str, *, shipped: bool) -> Path:
    """A name for a new file: beside the topology's own, so that its images are found; in the working folder for a
    shipped topology."""
    folder = Path() if shipped else loaded.file.parent
    return folder / f"{loaded.file.stem}{ending}"
