"""The form of a record's page, read as a browser reads it."""

from html.parser import HTMLParser
from typing import Any

Attributes = list[tuple[str, str | None]]


class _Form(HTMLParser):
    """Collects what the form of a record would send, untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.is_inside = False
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.area: str | None = None

    def handle_starttag(self, tag: str, attributes: Attributes) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form" and given.get("id", "").endswith("_form"):
            self.is_inside = True
        if not self.is_inside or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "textarea":
            self.area = name
            self.values.setdefault(name, []).append("")
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option":
            self.options.append((given.get("value", ""), "selected" in given))

    def _input(self, name: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in {"submit", "file"} or (kind in {"checkbox", "radio"} and "checked" not in given):
            return
        self.values.setdefault(name, []).append(
            given.get("value", "on" if kind in {"checkbox", "radio"} else "")
        )

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_inside = False
        elif tag == "textarea" and self.area:
            self.values[self.area][-1] = self.values[self.area][-1].removeprefix("\n")
            self.area = None
        elif tag == "select" and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen]
            self.values[self.select] = chosen or [value for value, _ in self.options[:1]]
            self.select = None


def form_of(answer: Any) -> dict[str, list[str]]:
    """Return what the form on the page sends as it is."""
    parser = _Form()
    parser.feed(answer.content.decode())
    parser.values.pop("csrfmiddlewaretoken", None)
    return {name: values for name, values in parser.values.items() if "__prefix__" not in name}
