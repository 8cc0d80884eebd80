"""Reading audit bundles in tests."""

import csv
import io
import subprocess
import zipfile


class Unpacked:
    """A bundle's files by their paths below its folder."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as whole:
            self.files = {name.partition("/")[2]: whole.read(name) for name in whole.namelist()}

    def rows(self, path):
        text = self.files[path].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def everything(self):
        """All text of all files: workbooks' strings and what PDF files show included."""
        for name, content in self.files.items():
            yield name, content.decode("utf-8", "replace")
            if name.endswith(".pdf"):
                yield name, pdf_text(content)
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    yield from ((name, book.read(one).decode()) for one in book.namelist())


def pdf_text(content):
    """What another program reads in a PDF file."""
    program = ["pdftotext", "-layout", "-", "-"]
    return subprocess.run(program, input=content, capture_output=True, check=True).stdout.decode()
