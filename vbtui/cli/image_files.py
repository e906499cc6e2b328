"""What an image that a command writes may be called, and how the system's errors about it are told.

Decided here: that the name says how the image will be read later, so that format and name must go together. Never here:
reading or writing an image; whether a file may be replaced (`output`).
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vbtui.cli.output import STANDARD_OUTPUT
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

if TYPE_CHECKING:
    from vbtui.engine.disk import NewFormat

_VMDK = ".vmdk"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def image_format(file: str, form: str | None) -> NewFormat:
    """The format of a new image: `form`, a value of `NewFormat`, or by the name where it is None.

    Raises InputError if the name is none, or does not go with the format.
    """
    from vbtui.engine.disk import NewFormat
    from vbtui.engine.disk.image import FOREIGN

    ending = Path(file).suffix.lower()
    is_vmdk = ending == _VMDK
    if form is None and ending in FOREIGN:
        raise InputError(
            N_("{file}: {format} is not written here; choose a name for a raw image or a VMDK, or --format raw"),
            file=file,
            format=FOREIGN[ending][0],
        )
    chosen = NewFormat(form or (NewFormat.VMDK_SPARSE if is_vmdk else NewFormat.RAW))
    if is_vmdk != (chosen is not NewFormat.RAW):
        raise InputError(
            N_("{file}: the name of a raw image must not end in .vmdk")
            if is_vmdk
            else N_("{file}: the name of a VMDK must end in .vmdk"),
            file=file,
        )
    if file == STANDARD_OUTPUT:
        raise InputError(N_("{file} is no name of a file"), file=repr(file))
    return chosen


@contextlib.contextmanager
def named_as_asked(written: str | None = None) -> Iterator[None]:
    """The system's errors about an unfinished file are about the file that the user has named.

    An error of a full disk that names no file is about `written`, the file or folder that is written to.
    """
    try:
        yield
    except OSError as error:
        from vbtui.engine.storage import UNFINISHED

        if error.filename is None and error.errno in _FULL:
            error.filename = written
        if error.filename is not None:
            error.filename = str(error.filename).removesuffix(UNFINISHED)
        raise
