"""Small faults, one at a time, in a module's source."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SWAPPED = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
# Calls whose named arguments each narrow something.
NARROWING = {"filter", "exclude", "get", "read_token", "unsign_object"}
Place = tuple[int, str, int | None]  # number of the parent, its field, rank in a list


@dataclass(frozen=True)
class Mutant:
    """One fault. `scope` names the function around it, "" where the module runs it itself."""

    line: int
    scope: str
    first_line: int
    said: str
    source: ast.Module


def mutants_of(text: str) -> Iterator[Mutant]:
    """Yield each fault of a module."""
    tree = ast.parse(text)
    for place, scope, old in _places(tree):
        for new in _variants(old, in_module=not scope):
            said = f"{ast.unparse(old)[:70]!r} -> {ast.unparse(new)[:70]!r}"
            changed = copy.deepcopy(tree)
            _put(changed, place, new)
            first = (
                min([scope[1].lineno, *(d.lineno for d in scope[1].decorator_list)]) if scope else 0
            )
            name = scope[0] if scope else ""
            yield Mutant(old.lineno, name, first, said, ast.fix_missing_locations(changed))


def _put(tree: ast.Module, place: Place, new: ast.AST) -> None:
    number, field, rank = place
    parent = list(ast.walk(tree))[number]
    if rank is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[rank] = new


def _places(tree: ast.Module) -> Iterator[tuple[Place, Any, Any]]:
    """Yield whatever may be replaced: where it is, the function around it, the node itself."""
    scopes: dict[ast.AST, Any] = {tree: ()}
    for number, parent in enumerate(ast.walk(tree)):
        scope = scopes[parent]
        for field, value in ast.iter_fields(parent):
            tenant_context = _scope_of(parent, field, scope)
            for rank, node in enumerate(value if isinstance(value, list) else [value]):
                if not isinstance(node, ast.AST):
                    continue
                scopes[node] = tenant_context
                is_shown = isinstance(tenant_context, tuple) and hasattr(node, "lineno")
                if is_shown:
                    yield (
                        (number, field, rank if isinstance(value, list) else None),
                        tenant_context,
                        node,
                    )


def _scope_of(parent: ast.AST, field: str, scope: Any) -> Any:
    """The function around it, () in the module, False in a class's body, None where nothing is tried."""
    if scope is None or field in {
        "annotation",
        "returns",
        "decorator_list",
        "type_params",
        "bases",
    }:
        return None
    if isinstance(parent, ast.FunctionDef):
        return (parent.name, parent) if field == "body" and not scope else (scope or None)
    if isinstance(parent, ast.ClassDef):
        return False
    return scope


def _variants(node: ast.AST, *, in_module: bool) -> Iterator[ast.AST]:
    """Yield what may stand instead of a node. Cost: copies."""
    made = getattr(_Variants, type(node).__name__, None)
    if made is not None:
        yield from made(node)
    if in_module and isinstance(node, ast.Set | ast.Tuple | ast.List):
        for rank in range(len(node.elts)):
            yield _changed(node, elts=node.elts[:rank] + node.elts[rank + 1 :])


def _changed(node: Any, **fields: Any) -> Any:
    new = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


class _Variants:
    """By the name of the syntax."""

    @staticmethod
    def Compare(node: ast.Compare) -> Iterator[ast.AST]:
        if len(node.ops) == 1:
            yield _changed(node, ops=[SWAPPED[type(node.ops[0])]()])

    @staticmethod
    def BoolOp(node: ast.BoolOp) -> Iterator[ast.AST]:
        yield _changed(node, op=SWAPPED[type(node.op)]())

    @staticmethod
    def BinOp(node: ast.BinOp) -> Iterator[ast.AST]:
        if type(node.op) in SWAPPED:
            yield _changed(node, op=SWAPPED[type(node.op)]())

    @staticmethod
    def UnaryOp(node: ast.UnaryOp) -> Iterator[ast.AST]:
        if isinstance(node.op, ast.Not | ast.Invert):
            yield copy.deepcopy(node.operand)

    @staticmethod
    def Constant(node: ast.Constant) -> Iterator[ast.AST]:
        if isinstance(node.value, bool):
            yield ast.copy_location(ast.Constant(not node.value), node)
        elif isinstance(node.value, int):
            yield ast.copy_location(ast.Constant(node.value + 1), node)

    @staticmethod
    def Call(node: ast.Call) -> Iterator[ast.AST]:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name in NARROWING:
            for rank, one in enumerate(node.keywords):
                if one.arg:
                    yield _changed(node, keywords=node.keywords[:rank] + node.keywords[rank + 1 :])

    @staticmethod
    def If(node: ast.If) -> Iterator[ast.AST]:
        for value in (True, False):
            yield _changed(node, test=ast.copy_location(ast.Constant(value), node.test))

    @staticmethod
    def Return(node: ast.Return) -> Iterator[ast.AST]:
        if isinstance(node.value, ast.Compare | ast.BoolOp | ast.UnaryOp):
            for value in (True, False):
                yield _changed(node, value=ast.copy_location(ast.Constant(value), node))

    @staticmethod
    def Raise(node: ast.Raise) -> Iterator[ast.AST]:
        yield ast.copy_location(ast.Pass(), node)

    @staticmethod
    def Expr(node: ast.Expr) -> Iterator[ast.AST]:
        if isinstance(node.value, ast.Call):
            yield ast.copy_location(ast.Pass(), node)
