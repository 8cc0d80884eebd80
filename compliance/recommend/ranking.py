"""The ranking in the database: how much of each objective each course of the catalogue covers.

A term weighs the more the fewer courses have it, and counts the more the nearer to the title it
stands. A word that no course has is taken for the nearest word of the catalogue: one slip of the
pen away, or alike by its trigrams; failing that it weighs against every course.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from compliance.recommend.words import GENERIC, Term

PER_OBJECTIVE = 20
# Where a word stands: title, skills, objectives, summary.
WEIGHTS = (1.0, 0.9, 0.6, 0.3)
# What an unknown word weighs, as a share of what a word of one single course does.
UNKNOWN = 0.6
# From which similarity of trigrams on a word is taken for another; and what a slip keeps of it.
ALIKE = 0.5
# How many unknown words of an objective are looked up: each is held against the whole vocabulary.
UNKNOWNS = 6
SLIP = 0.85
WORDS = "public.weighted_words(title, public.joined(skills), public.joined(objectives), summary)"

_SQL = (
    sql.SQL("""
WITH asked AS MATERIALIZED (
    SELECT objective, slot, word, quality, lexeme
    FROM jsonb_to_recordset(%(terms)s)
        AS term (objective int, slot int, word text, quality numeric),
        unnest(tsvector_to_array(public.french_words(word))) AS lexeme
    WHERE lexeme <> ALL (tsvector_to_array(public.french_words(%(generic)s)))
), counted AS MATERIALIZED (
    SELECT lexeme, (
        SELECT count(*) FROM training_course
        WHERE active AND {words} @@ quote_literal(lexeme)::tsquery
    ) AS courses
    FROM (SELECT DISTINCT lexeme FROM asked) AS each
), unknown AS MATERIALIZED (
    SELECT objective, slot, word, quality FROM (
        SELECT objective, slot, word, quality,
            row_number() OVER (PARTITION BY objective ORDER BY slot) AS place
        FROM asked JOIN counted USING (lexeme)
        WHERE quality = 1 AND length(word) >= 4
        GROUP BY objective, slot, word, quality
        HAVING max(courses) = 0
    ) AS each WHERE place <= %(unknowns)s
), vocabulary AS MATERIALIZED (
    SELECT DISTINCT known FROM training_course, regexp_split_to_table(public.searchable(
        title || ' ' || public.joined(skills) || ' ' || public.joined(objectives)
    ), '[^[:alnum:]]+') AS known
    WHERE active AND length(known) >= 4
), near AS (
    SELECT objective, slot, known AS word, quality * likeness AS quality
    FROM unknown CROSS JOIN LATERAL (
        SELECT known, CASE WHEN slip THEN %(slip)s ELSE public.similarity(word, known) END::numeric
            AS likeness
        FROM vocabulary, LATERAL (
            SELECT left(word, 1) = left(known, 1) AND abs(length(word) - length(known)) <= 1
            AND EXISTS (
                SELECT FROM generate_series(1, greatest(length(word), length(known))) AS at
                WHERE overlay(known PLACING '' FROM at FOR 1) IN (
                    word, overlay(word PLACING '' FROM at FOR 1)
                ) OR overlay(word PLACING '' FROM at FOR 1) = known
                OR left(word, at - 1) || substr(word, at + 1, 1) || substr(word, at, 1)
                    || substr(word, at + 2) = known
            ) AS slip
        ) AS one
        WHERE slip OR public.similarity(word, known) >= %(alike)s
        ORDER BY likeness DESC, known LIMIT 2
    ) AS nearest
), term AS (
    SELECT objective, slot, word, quality, lexeme FROM asked
    UNION ALL
    SELECT objective, slot, word, quality, lexeme
    FROM near, unnest(tsvector_to_array(public.french_words(word))) AS lexeme
), catalogue AS (
    SELECT greatest(count(*), 1)::numeric AS size FROM training_course WHERE active
), weighed AS MATERIALIZED (
    SELECT term.*, ln(1 + size / greatest(courses, 1)) AS rarity
    FROM catalogue, (
        SELECT term.*, coalesce(counted.courses, (
            SELECT count(*) FROM training_course
            WHERE active AND {words} @@ quote_literal(term.lexeme)::tsquery
        )) AS courses FROM term LEFT JOIN counted USING (lexeme)
    ) AS term
), slots AS (
    SELECT objective, slot, coalesce(
        max(rarity) FILTER (WHERE courses > 0), %(unknown)s * max(rarity)
    ) AS rarity
    FROM weighed GROUP BY objective, slot
), placed AS MATERIALIZED (
    SELECT course.id, place.lexeme, (
        SELECT max((%(weights)s::numeric[])[ascii(weight) - 64]) FROM unnest(place.weights) AS weight
    ) AS strength
    FROM training_course AS course, unnest({words}) AS place
    WHERE active AND {words} @@ (
        SELECT string_agg(DISTINCT quote_literal(lexeme), '|') FROM weighed WHERE courses > 0
    )::tsquery AND place.lexeme IN (SELECT lexeme FROM weighed)
), met AS (
    SELECT DISTINCT ON (objective, slot, id)
        objective, slot, id, word, quality * strength AS share
    FROM weighed JOIN placed USING (lexeme)
    ORDER BY objective, slot, id, share DESC, word
), scored AS (
    SELECT objective, id, sum(share * rarity) / total AS relevance,
        jsonb_agg(jsonb_build_array(slot, word) ORDER BY slot) AS words
    FROM met JOIN slots USING (objective, slot)
    JOIN (SELECT objective, sum(rarity) AS total FROM slots GROUP BY objective) AS whole
        USING (objective)
    GROUP BY objective, id, total
)
SELECT objective, id, round(relevance, 4), words FROM (
    SELECT *, row_number() OVER (PARTITION BY objective ORDER BY relevance DESC, id) AS place
    FROM scored
) AS ranked
WHERE place <= %(most)s
ORDER BY objective, place
""")
    .format(words=sql.SQL(WORDS))
    .as_string()
)


@dataclass(frozen=True)
class Match:
    """How much of an objective a course covers, 0 to 1, and by which words: as said, as found."""

    objective: int
    course_id: str
    relevance: float
    words: list[tuple[str, str]]


def matches(terms: Sequence[Term]) -> list[Match]:
    """Return the best courses of each objective, best first, ties by id. Cost: one statement."""
    values: dict[str, Any] = {
        "terms": json.dumps([asdict(one) for one in terms]),
        "generic": GENERIC,
        "weights": list(WEIGHTS),
        "unknown": UNKNOWN,
        "alike": ALIKE,
        "unknowns": UNKNOWNS,
        "slip": SLIP,
        "most": PER_OBJECTIVE,
    }
    said = {(one.objective, one.slot): one.said for one in terms}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, values)
        rows = cursor.fetchall()
    return [
        Match(
            objective,
            course_id,
            float(relevance),
            [(said[objective, slot], word) for slot, word in json.loads(words)],
        )
        for objective, course_id, relevance, words in rows
    ]
