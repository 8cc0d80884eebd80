"""Which faults are put into a source."""

import ast

from tests.mutation.mutants import mutants_of

SOURCE = '''
ENDED = {"DONE", "LOST"}

def may(actor: "int | None") -> bool:
    """Whether."""
    if actor.age >= 18 and not actor.is_away:
        raise ValueError
    log(actor)
    return rows.filter(role="ADMIN", alive=True)
'''


def test_each_fault_changes_one_thing():
    found = {mutant.said for mutant in mutants_of(SOURCE)}
    assert "\"{'DONE', 'LOST'}\" -> \"{'LOST'}\"" in found
    assert "'actor.age >= 18' -> 'actor.age > 18'" in found
    assert "'18' -> '19'" in found
    assert "'not actor.is_away' -> 'actor.is_away'" in found
    assert "'raise ValueError' -> 'pass'" in found
    assert "'log(actor)' -> 'pass'" in found
    assert sum("rows.filter" in one and "->" in one for one in found) == 2
    assert not [one for one in found if "int" in one or "Whether" in one]


def test_a_fault_knows_its_function_and_leaves_the_others_alone():
    sources = set()
    for mutant in mutants_of(SOURCE):
        assert mutant.scope == ("may" if mutant.line > 2 else "")
        sources.add(ast.unparse(mutant.source))
    assert ast.unparse(ast.parse(SOURCE)) not in sources
    assert len(sources) == len(list(mutants_of(SOURCE)))
