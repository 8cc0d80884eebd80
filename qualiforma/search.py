"""Searching as people type: accents, case and the shape of apostrophes make no difference."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import SearchVectorField, TrigramSimilarity
from django.db.models import Expression, F, Func, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

# From which likeness on a name is offered for another.
ALIKE = 0.35
# PostgreSQL's unaccent() is only STABLE, which no index accepts: its dictionary might change. Ours
# names the dictionary and promises that it does not.
CREATE_FUNCTION = [
    "CREATE EXTENSION IF NOT EXISTS unaccent SCHEMA public",
    "CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public",
    """CREATE OR REPLACE FUNCTION public.searchable(text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$""",
]
# Since then, letters are compared composed, and every kind of space is one: indexes that use the
# function are to be made anew (`REINDEX_SEARCHABLE`, in each schema).
COMPARE_COMPOSED = [
    r"""CREATE OR REPLACE FUNCTION public.searchable(text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT regexp_replace(lower(public.unaccent('public.unaccent'::regdictionary,
            normalize($1, NFKC))), '\s+', ' ', 'g') $$"""
]
REINDEX_SEARCHABLE = [
    """DO $$ DECLARE found record; BEGIN
        FOR found IN SELECT schemaname, indexname FROM pg_indexes WHERE schemaname = current_schema()
            AND (indexdef LIKE '%searchable(%' OR indexdef LIKE '%french_words(%' OR indexdef LIKE '%weighted_words(%')
        LOOP EXECUTE format('REINDEX INDEX %I.%I', found.schemaname, found.indexname); END LOOP;
    END $$"""
]
DROP_FUNCTION = ["DROP FUNCTION IF EXISTS public.searchable(text)"]
# French words as full text sees them, by stem. What is no letter or digit parts words: the parser
# alone would read `Excel/Word` as a path and `SOMME.SI.ENS` as a host. Immutable for indexes:
# array_to_string() is only STABLE because of types whose output depends on settings.
CREATE_FRENCH = [
    "CREATE TEXT SEARCH CONFIGURATION public.french_plain (COPY = pg_catalog.french)",
    """ALTER TEXT SEARCH CONFIGURATION public.french_plain
        ALTER MAPPING FOR asciiword, word, asciihword, hword, hword_asciipart, hword_part
        WITH public.unaccent, pg_catalog.french_stem""",
    """CREATE FUNCTION public.joined(text[]) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT array_to_string($1, ' ') $$""",
    """CREATE FUNCTION public.french_words(text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT to_tsvector('public.french_plain'::regconfig,
            regexp_replace(public.searchable($1), '[^[:alnum:]]+', ' ', 'g')) $$""",
    """CREATE FUNCTION public.weighted_words(a text, b text, c text, d text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
        AS $$ SELECT setweight(public.french_words(a), 'A') || setweight(public.french_words(b), 'B')
            || setweight(public.french_words(c), 'C') || setweight(public.french_words(d), 'D') $$""",
]
DROP_FRENCH = [
    "DROP FUNCTION IF EXISTS public.weighted_words(text, text, text, text)",
    "DROP FUNCTION IF EXISTS public.french_words(text)",
    "DROP FUNCTION IF EXISTS public.joined(text[])",
    "DROP TEXT SEARCH CONFIGURATION IF EXISTS public.french_plain",
]


class Searchable(Func):
    """A text as searches see it."""

    function = "public.searchable"
    output_field = TextField()


class Joined(Func):
    """A list of texts as one, parted by blanks."""

    function = "public.joined"
    output_field = TextField()


class WeightedWords(Func):
    """The French words of four texts, weighted A to D."""

    function = "public.weighted_words"
    arity = 4
    output_field = SearchVectorField()


def searched_text(*fields: str | Expression) -> Searchable:
    """Return the expression over these fields together; its trigram index serves `matching`."""
    first, *others = (F(one) if isinstance(one, str) else one for one in fields)
    parts: list[Any] = [first]
    for other in others:
        parts += [Value(" "), other]
    return Searchable(Concat(*parts, output_field=TextField()) if fields[1:] else parts[0])


def matching(
    rows: QuerySet[Any], words: str, *fields: str | Expression, related: Iterable[str] = ()
) -> QuerySet[Any]:
    """Return the rows whose fields, read together, contain each of the words.

    A word may also stand in a text of a related row, which `related` names as a lookup does.
    """
    rows = rows.alias(searched=searched_text(*fields))
    for word in words.split():
        wanted = Searchable(Value(word))
        found = Q(searched__contains=wanted)
        for path in related:
            texts = rows.model._base_manager.alias(related=Searchable(F(path)))
            found |= Q(pk__in=texts.filter(related__contains=wanted).values("pk"))
        rows = rows.filter(found)
    return rows


def called(rows: QuerySet[Any], text: str, field: str) -> QuerySet[Any]:
    """Return the rows of this name, whatever its accents, spaces, apostrophes and case."""
    rows = rows.alias(searched=searched_text(field))
    found: QuerySet[Any] = rows.filter(searched=Searchable(Value(text)))
    return found


def nearest(rows: QuerySet[Any], text: str, field: str) -> str:
    """Return the name that is most like a text, empty where none is. Cost: one look at each row."""
    wanted: Any = Searchable(Value(text))
    likeness = TrigramSimilarity(searched_text(field), wanted)
    found = rows.alias(likeness=likeness).filter(likeness__gte=ALIKE).order_by("-likeness", field)
    return str(found.values_list(field, flat=True).first() or "")


def containing(rows: QuerySet[Any], text: str, *fields: str) -> QuerySet[Any]:
    """Return the rows whose fields, read together, contain the text as it is."""
    rows = rows.alias(searched=searched_text(*fields))
    return rows.filter(searched__contains=Searchable(Value(text)))
