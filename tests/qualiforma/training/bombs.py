"""Small files that unpack to large ones, of each format; and their reading in a process of its own.

Call: `python -m tests.qualiforma.training.bombs FOLDER` reads every file of a folder as a list of
companies, within bounds of memory and processor time that the kernel holds.
"""

import resource
import sys
import zipfile
from pathlib import Path

ENTITIES = "<!DOCTYPE a [" + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 9 if n else "x"}">' for n in range(12)) + "]>"  # fmt: skip
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MEBI = 1024 * 1024
# Far more than any of them needs: Python and Django alone take some 200 MiB of addresses.
ADDRESSES_MAX = 1024 * MEBI
CPU_SECONDS_MAX = 90


def ods(path: Path, rows: str, head: str = "") -> Path:
    content = (
        f'<?xml version="1.0"?>{head}<office:document-content xmlns:office="{OFFICE}:office:1.0" '
        f'xmlns:table="{OFFICE}:table:1.0" xmlns:text="{OFFICE}:text:1.0"><office:body>'
        f'<office:spreadsheet><table:table table:name="A"><table:table-row><table:table-cell>'
        f"<text:p>Raison sociale</text:p></table:table-cell></table:table-row>{rows}"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("mimetype", kind, zipfile.ZIP_STORED)
        manifest = "<manifest/>"
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def make_xlsx(folder: Path, sheet: str, name: str, head: str = "") -> Path:
    from tests.qualiforma.training.sheets import with_part, xlsx_file

    path = xlsx_file(folder, ["Raison sociale"], ["Une"], name=name)
    whole = f'{head}<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
    return with_part(path, "xl/worksheets/sheet1.xml", whole.encode())


def make_xlsx_bombs(folder: Path) -> None:
    make_xlsx(folder, "<row>" + "<c/>" * 9_000_000 + "</row>", "cells.xlsx")
    make_xlsx(folder, " " * 60 * MEBI, "blanks.xlsx")
    make_xlsx(folder, "<row><c><v>&e11;</v></c></row>", "entities.xlsx", ENTITIES)
    text = "<row><c t='inlineStr'><is><t>" + "x" * 40 * MEBI + "</t></is></c></row>"
    make_xlsx(folder, text, "text.xlsx")


def make_ods_bombs(folder: Path) -> None:
    cell = "<table:table-cell{}><text:p>Une</text:p></table:table-cell>"
    row = "<table:table-row{}>" + cell + "</table:table-row>"
    many = ' table:number-rows-repeated="2147483647"'
    ods(folder / "rows.ods", row.format(many, ""))
    ods(folder / "thousands.ods", row.format(' table:number-rows-repeated="1000000"', ""))
    wide = ' table:number-columns-repeated="2147483647"'
    ods(folder / "columns.ods", row.format("", wide))
    ods(folder / "cells.ods", f"<table:table-row>{'<table:table-cell/>' * 2_000_000}</table:table-row>")  # fmt: skip
    long = "<table:table-row><table:table-cell><text:p>&e11;</text:p></table:table-cell></table:table-row>"
    ods(folder / "entities.ods", long, ENTITIES)
    ods(folder / "text.ods", row.format("", "").replace("Une", "x" * 40 * MEBI))
    spaces = '<text:s text:c="2147483647"/>'
    ods(folder / "spaces.ods", row.format("", "").replace("Une", f"Une{spaces}a"))


def packed_xlsb(path: Path, content: bytes) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    names = "http://schemas.openxmlformats.org/package/2006/relationships"
    link = f'<Relationship Id="rId1" Type="{kind}" Target="xl/workbook.bin"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{names}">{link}</Relationships>')
        archive.writestr("xl/workbook.bin", content)
        archive.writestr("xl/worksheets/sheet1.bin", content)


def make_xlsb_bombs(folder: Path) -> None:
    packed_xlsb(folder / "zeros.xlsb", bytes(60 * MEBI))


def make_xls_bombs(folder: Path) -> None:
    (folder / "zeros.xls").write_bytes(OLD + bytes(40 * MEBI))
    (folder / "words.xls").write_bytes(OLD + b"\xff\xff\xff\xff\x09\x08" * 5 * MEBI)


def make_csv_bombs(folder: Path) -> None:
    head = "Raison sociale;SIRET\r\n"
    (folder / "delimiters.csv").write_text(head + ";" * 40 * MEBI)
    (folder / "quote.csv").write_text(head + '"' + "x" * 40 * MEBI)
    (folder / "quotes.csv").write_text(head + '"' * (40 * MEBI + 1))
    (folder / "lines.csv").write_text(head + "a\n" * 2_000_000)
    (folder / "nul.csv").write_bytes(head.encode() + bytes(40 * MEBI))
    (folder / "utf-16.csv").write_bytes(b"\xff\xfe" + ("x" * 20 * MEBI).encode("utf-16-le"))


MAKERS = {
    "xlsx": make_xlsx_bombs,
    "ods": make_ods_bombs,
    "xlsb": make_xlsb_bombs,
    "xls": make_xls_bombs,
    "csv": make_csv_bombs,
}


def main(folder: str) -> None:
    """Print each file's name and why it is refused."""
    import django

    django.setup()
    from qualiforma.training.importing.exceptions import UnreadableFileError
    from qualiforma.training.importing.kinds import KINDS
    from qualiforma.training.importing.table import Table

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES_MAX, ADDRESSES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    for path in sorted(Path(folder).iterdir()):
        try:
            Table(path, KINDS["companies"].columns)
            told = "read"
        except UnreadableFileError as error:
            told = str(error.detail)
        sys.stdout.write(f"{path.name}: {told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
