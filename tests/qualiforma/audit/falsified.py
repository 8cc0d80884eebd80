"""What somebody with every right over the database does to a trail, and which sequence is false then.

The trail: 1 the tenant is created, 2 a user is, 3 to 5 that user's name is changed, 6 another user
is created, 7 the first one's names are lawfully erased, 8 the chain is checked, 9 it is exported.
Each falsification: statements, and the lowest sequence that every verifier must name.
"""


def on(seq, what):
    return f"UPDATE audit_event SET {what} WHERE seq = {seq}"


def value(name, text, part=1):
    """Set one part of a clear value; `text` is an expression of text."""
    return f"clear = jsonb_set(clear, '{{{name},{part}}}', to_jsonb({text}))"


def of(name, part=1):
    return f"(clear #>> '{{{name},{part}}}')"


MOVED_TO_TEXT = (
    "clear = jsonb_set(jsonb_set(clear, '{after.email,1}', to_jsonb(right(clear #>> '{after.email,0}', 1) "
    "|| (clear #>> '{after.email,1}'))), '{after.email,0}', to_jsonb(left(clear #>> '{after.email,0}', -1)))"
)
MOVED_TO_SALT = (
    "clear = jsonb_set(jsonb_set(clear, '{after.token_generation,0}', "
    "to_jsonb((clear #>> '{after.token_generation,0}') || left(clear #>> '{after.token_generation,1}', 1))), "
    "'{after.token_generation,1}', to_jsonb(substr(clear #>> '{after.token_generation,1}', 2)))"
)
SWAP = """
UPDATE audit_event AS one SET canonical = two.canonical, clear = two.clear
FROM audit_event AS two WHERE (one.seq, two.seq) IN ((3, 4), (4, 3))
"""
COLUMNS = (
    "at, door, actor, action, operation, object_type, object_id, root_id, request_id, database_user, "
    "clear, canonical, previous, hash"
)


def copied(seq, source):
    return f"INSERT INTO audit_event (seq, {COLUMNS}) SELECT {seq}, {COLUMNS} FROM audit_event WHERE seq = {source}"


# Helpers of the person who falsifies: an entry is sealed anew, and all that follow it.
RESEAL = """
CREATE FUNCTION reseal(p_seq bigint, p_canonical text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE one record; last text;
BEGIN
    UPDATE audit_event SET canonical = p_canonical,
        hash = encode(sha256(convert_to(p_canonical, 'UTF8')), 'hex') WHERE seq = p_seq;
    SELECT hash INTO last FROM audit_event WHERE seq = p_seq;
    FOR one IN SELECT * FROM audit_event WHERE seq > p_seq ORDER BY seq LOOP
        UPDATE audit_event SET previous = last,
            canonical = jsonb_set(one.canonical::jsonb, '{previous}', to_jsonb(last))::text WHERE seq = one.seq;
        UPDATE audit_event SET hash = encode(sha256(convert_to(canonical, 'UTF8')), 'hex') WHERE seq = one.seq;
        SELECT hash INTO last FROM audit_event WHERE seq = one.seq;
    END LOOP;
END $$;
CREATE FUNCTION reseal_value(p_seq bigint, p_name text, p_text text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE salt text := gen_random_uuid();
BEGIN
    UPDATE audit_event SET clear = clear || jsonb_build_object(p_name, jsonb_build_array(salt, p_text))
        WHERE seq = p_seq;
    PERFORM reseal(p_seq, jsonb_set(canonical::jsonb, ARRAY['values', p_name], to_jsonb(encode(sha256(convert_to(
        length(salt) || ':' || salt || length(p_text) || ':' || p_text, 'UTF8')), 'hex')))::text)
        FROM audit_event WHERE seq = p_seq;
END $$;
"""


def resealed(seq, path, text):
    return (
        f"SELECT reseal({seq}, jsonb_set(canonical::jsonb, '{{{path}}}', '{text}')::text) "
        f"FROM audit_event WHERE seq = {seq}"
    )


def resealed_as(seq, text):
    return f"SELECT reseal({seq}, {text})"


def with_null(other):
    """Return the sixth entry's sealed text with something else for its null; {0} is the null as it is."""
    null = '"after.password": null'
    return f"(SELECT replace(canonical, '{null}', '{other.format(null)}') FROM audit_event WHERE seq = 6)"


def resealed_value(seq, name, text):
    return f"SELECT reseal_value({seq}, '{name}', '{text}')"


FALSIFIED = {
    # What an entry repeats to be searched by
    "an instant": (on(3, "at = at + '1 us'"), 3),
    "a door": (on(3, "door = 'api'"), 3),
    "an actor": (on(3, "actor = 'usr_x'"), 3),
    "an action": (on(3, "action = 'accounts.user.created'"), 3),
    "an operation": (on(3, "operation = 'DELETE'"), 3),
    "a type": (on(3, "object_type = 'tenant'"), 3),
    "an object": (on(3, "object_id = 'usr_x'"), 3),
    "a root": (on(3, "root_id = 'usr_x'"), 3),
    "a request": (on(3, "request_id = 'req_x'"), 3),
    "a database user": (on(3, "database_user = 'postgres'"), 3),
    "the hash before": (on(3, "previous = repeat('1', 64)"), 3),
    "the hash": (on(3, "hash = repeat('1', 64)"), 3),
    "the sealed text": (on(3, "canonical = replace(canonical, 'UPDATE', 'INSERT')"), 3),
    "a blank in the sealed text": (on(3, "canonical = canonical || ' '"), 3),
    # Values
    "a number": (on(6, value("after.token_generation", "'7'::text")), 6),
    "a digit more": (
        on(6, value("after.token_generation", f"{of('after.token_generation')} || '0'")),
        6,
    ),
    "a quoted text": (on(6, value("after.name", "'\"Moi\"'::text")), 6),
    "a salt": (on(6, value("after.name", "gen_random_uuid()::text", 0)), 6),
    "a letter moved from salt to text": (on(6, MOVED_TO_TEXT), 6),
    "a digit moved from text to salt": (on(6, MOVED_TO_SALT), 6),
    "two values swapped": (
        on(
            6,
            "clear = clear || jsonb_build_object('after.name', clear -> 'after.email', "
            "'after.email', clear -> 'after.name')",
        ),
        6,
    ),
    "a value that nothing sealed": (
        on(3, "clear = clear || jsonb_build_object('after.role', clear -> 'actor')"),
        3,
    ),
    "a password": (
        on(6, "clear = clear || jsonb_build_object('after.password', clear -> 'after.name')"),
        6,
    ),
    # Erasures
    "all values blanked": (on(6, "clear = '{}'"), 6),
    "one value blanked": (on(6, "clear = clear - 'after.email'"), 6),
    "more blanked of what was erased once": (on(2, "clear = clear - 'after.email'"), 2),
    "the reason of a change": (on(7, "clear = clear - 'reason'"), 7),
    "what was erased": (on(7, "clear = clear - 'after.values'"), 2),
    "a longer list of what was erased": (
        on(7, value("after.values", '\'{"6": ["after.email"]}\'::text')),
        2,
    ),
    "the erasure itself": ("DELETE FROM audit_event WHERE seq = 7", 2),
    # Order and count
    "a deleted row": ("DELETE FROM audit_event WHERE seq = 3", 3),
    "the first row": ("DELETE FROM audit_event WHERE seq = 1", 1),
    "two rows": ("DELETE FROM audit_event WHERE seq IN (4, 6)", 4),
    "a swapped pair": (SWAP, 3),
    "two sequences exchanged": (
        "UPDATE audit_event SET seq = CASE seq WHEN 3 THEN 4 ELSE 3 END WHERE seq IN (3, 4)",
        3,
    ),
    "renumbered": ("UPDATE audit_event SET seq = seq + 10 WHERE seq >= 8", 8),
    "at sequence 0": (copied(0, 3), 0),
    "below 0": (copied(-5, 3), -5),
    "a duplicate": (copied(3, 3), 3),
    "a duplicate of the last": (copied(9, 9), 9),
    "a duplicate, changed": (f"{copied(3, 3)}; {on(3, 'actor = ctid::text')}", 3),
    "no sequence": (copied("NULL", 3), 10),
    # Garbage
    "values: nothing": (on(3, "clear = NULL"), 3),
    "values: JSON null": (on(3, "clear = 'null'"), 3),
    "values: a list": (on(3, "clear = '[1]'"), 3),
    "values: a number": (on(3, "clear = '1'"), 3),
    "values: too deep": (
        on(
            3,
            "clear = jsonb_build_object('after.name', (repeat('[', 2000) || repeat(']', 2000))::jsonb)",
        ),
        3,
    ),
    "a value of three parts": (on(6, "clear = jsonb_insert(clear, '{after.name,2}', '\"x\"')"), 6),
    "a value of one part": (on(6, "clear = clear #- '{after.name,0}'"), 6),
    "a value of numbers": (on(6, "clear = jsonb_set(clear, '{after.name}', '[1, 2]')"), 6),
    "a value that is no list": (on(6, "clear = jsonb_set(clear, '{after.name}', '{}')"), 6),
    "before all time": (on(3, "at = '-infinity'"), 3),
    "after all time": (on(3, "at = 'infinity'"), 3),
    "in another era": (on(3, "at = '0044-03-15 BC'"), 3),
    "the same day in another era": (
        on(
            3,
            "at = (to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00 BC')::timestamptz",
        ),
        3,
    ),
    "no instant": (on(3, "at = NULL"), 3),
    "no actor": (on(3, "actor = NULL"), 3),
    "no action": (on(3, "action = NULL"), 3),
    "no hash": (on(3, "hash = NULL"), 3),
    "no sealed text": (on(3, "canonical = NULL"), 3),
    "an empty sealed text": (on(3, "canonical = ''"), 3),
    "no JSON": (on(3, "canonical = '{'"), 3),
    # Sealed anew with all that follows, so that the chain itself holds
    "sealed: no JSON": (resealed_as(3, "'not JSON'"), 3),
    "sealed: JSON null": (resealed_as(3, "'null'"), 3),
    "sealed: a list": (resealed_as(3, "'[1, 2]'"), 3),
    "sealed: a text": (resealed_as(3, "'\"x\"'"), 3),
    "sealed: too deep": (resealed_as(3, "repeat('[', 20000)"), 3),
    "sealed: no column": (resealed_as(3, "'{}'"), 3),
    "sealed: values are a list": (resealed(3, "values", "[]"), 3),
    "sealed: values are null": (resealed(3, "values", "null"), 3),
    "sealed: no version": (resealed(3, "version", "null"), 3),
    "sealed: an unknown version": (resealed(3, "version", "3"), 3),
    "sealed: a version of text": (resealed(3, "version", '"2"'), 3),
    "sealed: back to version 1": (resealed(3, "version", "1"), 3),
    "an erasure of nothing": (resealed_value(7, "after.values", "null"), 2),
    "an erasure of a list": (resealed_value(7, "after.values", "[2, 3]"), 2),
    "an erasure of no sequence": (resealed_value(7, "after.values", '{"x": ["a"]}'), 2),
    "an erasure of a number": (resealed_value(7, "after.values", '{"2": 5}'), 2),
    "an erasure of less": (resealed_value(7, "after.values", '{"2": ["after.name"]}'), 3),
    "a check of no number": (resealed_value(8, "after.seq", '"x"'), 8),
    "a check of what is to come": (resealed_value(8, "after.seq", "12"), 8),
    "a check of no hash": (resealed_value(8, "after.hash", "[]"), 8),
}
# An entry of a user, whose password is sealed as null.
FALSIFIED |= {
    "sealed: a name twice, once as null": (
        resealed_as(6, with_null('{0}, "after.name": null')),
        6,
    ),
    "sealed: a null that is not one": (resealed_as(6, with_null("{0}ish")), 6),
    "sealed: null for a value": (resealed(6, "values,after.name", "null"), 6),
    "a column that reads like a null": (
        f"{resealed(6, 'request_id', chr(34) + 'x' + chr(34))}; "
        + on(6, 'request_id = \'x", "y": null, "z\''),
        6,
    ),
}
# The same of the first entry, whose columns and values are all there, none of them escaped.
COLUMNS_OF_3 = (
    "an instant", "a door", "an actor", "an action", "an operation", "an object", "a root",
    "a request", "a database user", "the hash before", "the hash", "a blank in the sealed text",
    "no actor", "values: nothing", "values: a list",
)  # fmt: skip
FALSIFIED |= {
    f"{what}, of the first": (FALSIFIED[what][0].replace("seq = 3", "seq = 1"), 1)
    for what in COLUMNS_OF_3
}
FALSIFIED |= {
    "a value of the first": (on(1, value("after.name", "'\"Moi\"'::text")), 1),
    "a value blanked of the first": (on(1, "clear = clear - 'after.name'"), 1),
    "a value that nothing sealed, of the first": (
        on(1, "clear = clear || jsonb_build_object('after.role', clear -> 'after.name')"),
        1,
    ),
    "a null for a text": (
        f"{resealed(1, 'request_id', chr(34) + 'None' + chr(34))}; {on(1, 'request_id = NULL')}",
        1,
    ),
    "sealed: a name twice, and a column that reads like both": (
        resealed_as(
            1,
            '(SELECT replace(canonical, \'"door": \', \'"door": "x", "door": \') '
            "FROM audit_event WHERE seq = 1)",
        )
        + "; "
        + on(1, 'door = \'x", "door": "\' || door'),
        1,
    ),
    "sealed: a name in a session": (
        resealed_as(
            1,
            '(SELECT replace(canonical, \'"session": \', \'"session": 1, "root_id": \') '
            "FROM audit_event WHERE seq = 1)",
        ),
        1,
    ),
}
# Found only where a head was kept: the one of `--expect`, a file's first line, the last check's.
REBUILT = {
    "a cut tail": ("DELETE FROM audit_event WHERE seq > 7", 8),
    "the last": ("DELETE FROM audit_event WHERE seq = 9", 9),
    "an actor, sealed anew": (
        f"{on(6, 'actor = chr(120)')}; {resealed(6, 'actor', chr(34) + 'x' + chr(34))}",
        9,
    ),
    "a value, sealed anew": (resealed_value(6, "after.name", '"Moi"'), 9),
}
