"""One HTML page with all pictures: each as it is seen, and as text for those who cannot see it or want to copy it.

In: `Shot`s. Out: a page that needs nothing beside itself: pictures are in it, nothing is fetched, nothing runs.
Never here: text from a file that is not escaped.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import Final

from vbtui.i18n import N_, translator
from vbtui.pictures.playing import Shot

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font-family: system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
figure { margin: 0 0 3rem; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
img { display: block; max-width: 100%; height: auto; }
pre { overflow: auto; line-height: 1.2; padding: 1rem; border: 1px solid; }
@media print { details { display: none; } figure { break-inside: avoid; } }
"""

TITLE: Final = N_("Pictures")
AS_TEXT: Final = N_("as text")
OF_SCREEN: Final = N_("picture of a screen of {size} characters; its text stands below it")


def hashed(text: str) -> str:
    """A source expression of a content security policy that allows exactly this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page_of(shots: Sequence[Shot], *, language: str) -> str:
    """The page; its own few words in `language`."""
    say = translator(language)
    policy = f"default-src 'none'; img-src data:; style-src {hashed(_STYLE)}; base-uri 'none'; form-action 'none'"
    figures = []
    for shot in shots:
        picture = base64.b64encode(shot.svg.encode()).decode()
        told = escape(say(OF_SCREEN).format(size=shot.size), quote=True)
        figures.append(
            f'<figure id="{escape(shot.name, quote=True)}" lang="{shot.language}">\n'
            f"<figcaption>{escape(shot.name)}</figcaption>\n"
            f'<img alt="{escape(shot.name, quote=True)}: {told}" src="data:image/svg+xml;base64,{picture}">\n'
            f"<details><summary>{escape(say(AS_TEXT))}</summary><pre>{escape(shot.frame.text)}</pre></details>\n"
            "</figure>\n"
        )
    title = escape(f"vbtui · {say(TITLE)}")
    return (
        f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy, quote=True)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n<h1>{title}</h1>\n{''.join(figures)}</html>\n"
    )
