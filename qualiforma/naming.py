"""Names as the wire has them."""


def camel(name: str) -> str:
    """`due_date` → `dueDate`; a trailing underscore, put there for Python's sake, goes."""
    head, *tail = name.rstrip("_").split("_")
    return head + "".join(part.capitalize() for part in tail)


def wire_path(path: str) -> str:
    """`actions[1].due_date` → `actions[1].dueDate`."""
    return ".".join(camel(part) for part in path.split("."))
