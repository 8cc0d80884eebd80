"""Searching as people type: accents, case and the shape of apostrophes make no difference."""

from typing import Any

from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Concat

# PostgreSQL's unaccent() is only STABLE, which no index accepts: its dictionary might change. Ours
# names the dictionary and promises that it does not.
CREATE_FUNCTION = [
    "CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public",
    """CREATE OR REPLACE FUNCTION public.searchable(text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$""",
]
DROP_FUNCTION = ["DROP FUNCTION IF EXISTS public.searchable(text)"]


class Searchable(Func):
    """A text as searches see it."""

    function = "public.searchable"
    output_field = TextField()


def searched_text(*fields: str) -> Searchable:
    """Return the expression over these fields together; its trigram index serves `matching`."""
    parts: list[Any] = [F(fields[0])]
    for name in fields[1:]:
        parts += [Value(" "), F(name)]
    return Searchable(Concat(*parts, output_field=TextField()) if fields[1:] else parts[0])


def matching(rows: QuerySet[Any], words: str, *fields: str) -> QuerySet[Any]:
    """Return the rows whose fields, read together, contain each of the words."""
    rows = rows.alias(searched=searched_text(*fields))
    for word in words.split():
        rows = rows.filter(searched__contains=Searchable(Value(word)))
    return rows


def containing(rows: QuerySet[Any], text: str, *fields: str) -> QuerySet[Any]:
    """Return the rows whose fields, read together, contain the text as it stands."""
    rows = rows.alias(searched=searched_text(*fields))
    return rows.filter(searched__contains=Searchable(Value(text)))
