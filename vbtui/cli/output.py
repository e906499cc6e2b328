"""Where the document of a command goes: standard output, or a file that is whole or not there.

Decided here: that a file that exists stays unless the user says otherwise, and that nobody finds half a file.
Never here: what the document is.
"""

from __future__ import annotations

from pathlib import Path

from vbtui.cli.session import current
from vbtui.cli.usage import InputError
from vbtui.i18n import N_

STANDARD_OUTPUT = "-"
"""What a user writes for it in place of a file."""


def free_to_write(output: str, *, force: bool) -> None:
    """Asked before the work is done.

    Raises InputError if there is a folder in the way, or none to write into, or a file that must not be replaced.
    """
    if output == STANDARD_OUTPUT:
        return
    if not Path(output).name or "\0" in output:
        raise InputError(N_("{file} is no name of a file"), file=repr(output))
    if output.endswith("/") or Path(output).is_dir():
        raise InputError(N_("{file} is a folder, not a file"), file=output)
    if not Path(output).parent.is_dir():
        raise InputError(N_("there is no folder {folder}"), folder=Path(output).parent)
    if Path(output).exists() and not force:
        raise InputError(N_("{file} exists already; --force replaces it"), file=output)


def write_document(output: str, text: str | bytes, *, force: bool) -> None:
    """Write `text` to the file `output`, or to standard output for `-`; bytes, such as a workbook, to a file only.

    Beside its final name first, then renamed; a pipe or a device is written to as it is. Raises InputError as
    `free_to_write`, OSError.
    """
    free_to_write(output, force=force)
    if output == STANDARD_OUTPUT and isinstance(text, str):
        current().write_text(text)
        return
    data = text.encode("utf-8") if isinstance(text, str) else text
    path = Path(output).resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    part = path.with_name(f".{path.name[:200]}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, output) from error
