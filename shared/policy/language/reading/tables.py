"""The tables of a schedule: what they are asked, what they give, and their rows from the first to the last."""

from collections.abc import Mapping
from typing import NoReturn

from shared.policy.language.form.operators import PLAIN
from shared.policy.language.form.schedule import Cell, DatedRow, DatedTable, Row, Table, Unknown
from shared.policy.language.form.syntax import Formula
from shared.policy.language.form.types import FLAG, OneOf, Record, Type
from shared.policy.language.form.values import Value
from shared.policy.language.reading import fields
from shared.policy.language.reading.advice import advice, called
from shared.policy.language.reading.cells import WRITTEN, read_cell, read_given
from shared.policy.language.reading.facts import read_type
from shared.policy.language.reading.scope import Scope
from shared.policy.tree import Branch, Leaf, Node, nearest
from shared.policy.tree import Row as Items

KEYS = ("by", "from", "gives", "rows")


def read_results(node: Node, currency: str) -> dict[str, Record]:
    """Of each table by name: what its rows give, each result with its type."""
    branch = fields.named(node)
    return {
        fields.new_name(branch.places[name], name): _results(branch.entries[name], currency) for name in branch.entries
    }


def read_tables(node: Node, results: Mapping[str, Record], scope: Scope) -> dict[str, Table | DatedTable]:
    """All tables by name, with their keys settled and every cell of the kind of its key."""
    branch = fields.named(node)
    return {name: _table(name, branch, results[name], scope) for name in branch.entries}


def _results(node: Node, currency: str) -> Record:
    table = fields.entries(node, KEYS, ("gives", "rows"))
    if ("by" in table.entries) == ("from" in table.entries):
        table.place.refuse(
            "a table has either `by: [key, key]`, or `from: date` where its rows begin at dates: keep one"
        )
    gives = fields.named(table.entries["gives"])
    if not gives.entries:
        gives.place.refuse("the table gives nothing: name what, `gives: {sum: money}`")
    return Record({name: _result(table, name, n, currency) for n, name in enumerate(gives.entries)})


def _result(table: Branch, name: str, column: int, currency: str) -> Type:
    gives = fields.named(table.entries["gives"])
    fields.part_name(gives.places[name], name)
    node = gives.entries[name]
    if isinstance(node, Leaf) and node.text.strip() == "code":
        return _codes(table, column - len(gives.entries))
    return read_type(node, currency)


def _codes(table: Branch, column: int) -> OneOf:
    """The words that stand in that column, counted from the end of the rows."""
    words: dict[str, None] = {}
    for row in fields.items(table.entries["rows"], "rows"):
        cells = row.items if isinstance(row, Items) else ()
        if len(cells) >= -column and isinstance(cell := cells[column], Leaf) and not cell.text.startswith("unknown "):
            words[fields.code(cell)] = None
    return OneOf(tuple(words))


def _table(name: str, tables: Branch, results: Record, scope: Scope) -> Table | DatedTable:
    table, place = fields.named(tables.entries[name]), tables.places[name]
    rows = fields.items(table.entries["rows"], "rows")
    if not rows:
        table.places["rows"].refuse("the table has no rows: write one, `- [any, 0]`")
    if "from" in table.entries:
        by = scope.day(fields.formula(table.entries["from"]))
        return DatedTable(name, place, by, results.fields, tuple(_dated_row(row, results) for row in rows))
    keys = [scope.typed(fields.formula(key)) for key in _keys(table.entries["by"])]
    return Table(
        name, place, tuple(key for _, key in keys), results.fields, tuple(_row(row, keys, results) for row in rows)
    )


def _keys(node: Node) -> tuple[Node, ...]:
    return (node,) if isinstance(node, Leaf) else fields.items(node, "keys")


def _dated_row(node: Node, results: Record) -> DatedRow:
    first, *given = _cells(node, 1, results)
    return DatedRow(node.place, fields.day(first), _given(given, results))


def _row(node: Node, keys: list[tuple[Type, Formula]], results: Record) -> Row:
    cells = _cells(node, len(keys), results)
    asked = tuple(_cell(cell, *key) for cell, key in zip(cells, keys, strict=False))
    return Row(node.place, asked, _given(cells[len(keys) :], results))


def _cells(node: Node, keys: int, results: Record) -> tuple[Node, ...]:
    cells = fields.items(node, "cells")
    wanted = keys + len(results.fields)
    if len(cells) != wanted:
        node.place.refuse(
            f"the row has {len(cells)} cells and needs {wanted}: {keys} for the keys, then {', '.join(results.fields)}"
        )
    return cells


def _given(cells: tuple[Node, ...] | list[Node], results: Record) -> tuple[Value | Unknown, ...]:
    return tuple(read_given(cell, type_) for cell, type_ in zip(cells, results.fields.values(), strict=True))


def _cell(node: Node, type_: Type, key: Formula) -> Cell:
    cell, kind = read_cell(node)
    if isinstance(kind, OneOf) and isinstance(type_, OneOf):
        for word in kind.words:
            if word not in type_.words:
                node.place.refuse(f"`{key.text}` never is `{word}`: {_word_fix(word, type_)}")
    elif kind is not None and kind != type_ and not {kind, type_} <= PLAIN:
        _refuse_cell(node, kind, type_, key)
    return cell


def _refuse_cell(node: Node, kind: Type, type_: Type, key: Formula) -> NoReturn:
    node.place.refuse(
        f"this cell asks for {called(kind)}, and its key `{key.text}` is {called(type_)}: {_cell_fix(type_, kind)}"
    )


def _cell_fix(type_: Type, kind: Type) -> str:
    if type_ == FLAG:
        return "write `true`, `false` or `any`"
    if isinstance(kind, OneOf) and type_ in WRITTEN:
        return f"write a range with `<`, `<=`, `>` or `>=` before a value like {WRITTEN[type_]}"
    return advice(type_, kind)


def _word_fix(word: str, type_: OneOf) -> str:
    return "write `any` for all the others" if word in ("other", "else", "none") else nearest(word, type_.words)
