"""The index of a bundle: one page that opens from a file, searches and prints, without a network.

Sections add lines to parts while they write; the lines wait in files, so that memory does not grow.
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, TextIO

from django.utils.html import escape

if TYPE_CHECKING:
    from qualiforma.bundle.archive import Archive
    from qualiforma.bundle.contents import Contents

NAME = "00-sommaire.html"
REGISTERS, PLANS, LEARNERS = "registers", "plans", "learners"
PARTS = {REGISTERS: "Registres", PLANS: "Plans d’amélioration", LEARNERS: "Apprenants"}
# Nothing may be fetched from anywhere, whatever stands in the page.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_STYLE = """
:root{color-scheme:light}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:64rem;padding:1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem;border-bottom:2px solid #1f4e79}h3{font-size:1.05rem;margin:1rem 0 .25rem}
a{color:#0b4a8f}ul{margin:0;padding-left:1.25rem}li{margin:.15rem 0}.detail{color:#4a4a4a}
.missing{border-left:4px solid #a33;padding:.25rem .75rem;background:#fdf3f3}
form{position:sticky;top:0;background:#fff;padding:.5rem 0}input{font:inherit;padding:.4rem;width:100%;max-width:32rem;box-sizing:border-box;border:1px solid #555}
[hidden]{display:none}dt{font-weight:600}dd{margin:0 0 .25rem 1rem}
@media print{form{display:none}a{color:inherit;text-decoration:none}h2{break-after:avoid}h3{break-after:avoid}body{max-width:none;font-size:11pt}}
"""
_SCRIPT = """
const field=document.getElementById('search'),count=document.getElementById('found');
const plain=text=>text.normalize('NFD').replace(/[\\u0300-\\u036f]/g,'').toLowerCase();
const lines=[...document.querySelectorAll('li')].map(one=>[one,plain(one.textContent+' '+(one.closest('section').dataset.words||''))]);
field.addEventListener('input',()=>{
  const words=plain(field.value).split(/\\s+/).filter(Boolean);let found=0;
  for(const [one,text] of lines){const is=words.every(word=>text.includes(word));one.hidden=!is;found+=is}
  for(const one of document.querySelectorAll('section'))one.hidden=words.length>0&&!one.querySelector('li:not([hidden])');
  count.textContent=words.length?found+' résultat'+(found>1?'s':''):'';
});
document.querySelector('form').addEventListener('submit',event=>event.preventDefault());
"""


class Index:
    """The lines of the index, by part; a part is an indicator's number or one of `PARTS`."""

    def __init__(self, archive: "Archive") -> None:
        self._archive = archive
        self._open: dict[str, TextIO] = {}

    def add(self, part: str | int, text: str, path: str = "", detail: str = "") -> None:
        """Add a line to a part: a text, leading to a file if there is one, and what stands beside."""
        told = f'<a href="{escape(path)}">{escape(text)}</a>' if path else escape(text)
        beside = f' <span class="detail">{escape(detail)}</span>' if detail else ""
        self._file(str(part)).write(f"<li>{told}{beside}</li>\n")

    def _file(self, part: str) -> TextIO:
        if part not in self._open:
            path = self._archive.scratch(f"index-{part}")
            self._open[part] = path.open("w+", encoding="utf-8")
            self._archive.waiting.append(self._open[part])
        return self._open[part]

    def lines(self, part: str | int) -> Iterator[str]:
        """Yield the lines of a part, in the order they were added."""
        file = self._open.pop(str(part), None)
        if file is not None:
            with file:
                file.seek(0)
                yield from file


def write_index(contents: "Contents") -> None:
    """Write the page: what the bundle is, criterion > indicator > evidence, the registers, the plans."""
    with contents.file(NAME) as file:
        for text in _page(contents):
            file.write(text.encode())


def _page(contents: "Contents") -> Iterator[str]:
    scope = contents.scope
    title = f"Dossier d’audit – {scope.tenant_name}"
    yield (
        '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body><main>"
        f"<h1>{escape(title)}</h1>\n"
    )
    yield from _scope(contents)
    yield (
        '<form role="search"><label for="search">Rechercher dans ce sommaire</label><br>'
        '<input id="search" type="search"> <span id="found" role="status"></span></form>\n'
    )
    yield from _criteria(contents)
    for part, heading in PARTS.items():
        yield from _section(heading, contents.index.lines(part))
    yield f"</main><script>{_SCRIPT}</script></body></html>\n"


def _scope(contents: "Contents") -> Iterator[str]:
    scope = contents.scope
    told = {
        "Période": f"du {_day(scope.since)} au {_day(scope.until)}",
        "Date d’audit retenue": _day(scope.audit_day),
        "Référentiel": str(scope.grid.source),
        "Personnes": "noms affichés" if scope.names else "apprenants désignés par leurs initiales",
        "Vérifier": "sha256sum -c integrite/SHA256SUMS, ou python3 integrite/verify_bundle.py",
    }
    yield "<dl>"
    yield from (f"<dt>{one}</dt><dd>{escape(text)}</dd>" for one, text in told.items())
    yield "</dl>\n"
    if contents.missing:
        number = len(contents.missing)
        yield (
            f'<p class="missing">{number} élément{"s" if number > 1 else ""} manquant'
            f'{"s" if number > 1 else ""} : voir <a href="MANQUES.txt">MANQUES.txt</a>.</p>\n'
        )


def _criteria(contents: "Contents") -> Iterator[str]:
    criterion = 0
    for one in contents.scope.grid.indicators:
        if one.criterion != criterion:
            criterion = one.criterion
            yield f"<h2>Critère {criterion}</h2>\n"
        heading = f"Indicateur {one.number} – {one.label}"
        yield from _section(heading, contents.index.lines(one.number), level=3)


def _section(heading: str, lines: Iterator[str], *, level: int = 2) -> Iterator[str]:
    said = escape(heading)
    yield f'<section data-words="{said}"><h{level}>{said}</h{level}>\n<ul>\n'
    count = 0
    for line in lines:
        count += 1
        yield line
    yield "" if count else "<li>Rien dans ce dossier.</li>\n"
    yield "</ul></section>\n"


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
