"""Statements whose SQL Django writes once, for the few that run with every rating.

Building a query costs Django ten times what running it costs the database, and a rating takes a
dozen. These are written as any other query, with a `Given` where a value comes in at each call:

    HELD = Prepared(lambda: Assignment.objects.filter(rater_id=Given("rater", PK), state="held"))
    HELD.first(rater=rater.pk)

Rows come back as the query says: models, with what is selected beside them or annotated, or tuples
of `values_list`. Knows nothing of what is asked. Sends no signals.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Generic, NamedTuple, TypeVar, cast

from django.db import connection, models
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import InsertQuery, UpdateQuery

Row = TypeVar("Row")
PK = models.BigIntegerField()


class Given(models.Expression):
    """A value that comes in at each call, by its name; the field says how a database wants it."""

    def __init__(self, name: str, field: "models.Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def adapted(self, given: dict[str, Any]) -> Any:
        return self.output_field.get_db_prep_value(given[self.name], connection)


class Statement(NamedTuple):
    """SQL, what fills it, and how a row is read."""

    sql: str
    parameters: Sequence[Given]
    read: Callable[[Any], Any] = tuple
    converters: Sequence[Any] = ()  # (column, functions, what the column is)

    def run(self, given: dict[str, Any]) -> Any:
        """A cursor that has run it."""
        cursor = connection.cursor()
        cursor.execute(self.sql, [each.adapted(given) for each in self.parameters])
        return cursor

    def rows(self, given: dict[str, Any]) -> list[Any]:
        with self.run(given) as cursor:
            return [self.read(self._converted(row)) for row in cursor.fetchall()]

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for column, functions, expression in self.converters:
            for convert in functions:
                values[column] = convert(values[column], expression, connection)
        return values


class Prepared(Generic[Row]):
    """A query: `rows`, or the `first` of them. Compiled at its first use, when apps are ready."""

    def __init__(self, build: Callable[[], "models.QuerySet[Any, Row]"]) -> None:
        self._statement = cache(lambda vendor: _reading(build()))

    def rows(self, **given: Any) -> list[Row]:
        return cast(list[Row], self._statement(connection.vendor).rows(given))

    def first(self, **given: Any) -> Row | None:
        rows = self.rows(**given)
        return rows[0] if rows else None


class PreparedUpdate:
    """An update: how many rows it changed."""

    def __init__(self, build: Callable[[], "models.QuerySet[Any]"], **values: Any) -> None:
        self._statement = cache(lambda vendor: _changing(build(), values))

    def run(self, **given: Any) -> int:
        with self._statement(connection.vendor).run(given) as cursor:
            return int(cursor.rowcount)


def store(row: models.Model) -> None:
    """`row.save(force_insert=True)`, for a model whose key the database gives."""
    sql, fields = _inserting(type(row), connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        (row.pk,) = cursor.fetchone()
    row._state.adding, row._state.db = False, connection.alias


def _reading(query: "models.QuerySet[Any, Any]") -> Statement:
    compiler = query.query.get_compiler(connection=connection)
    sql, parameters = _with_constants(*compiler.as_sql())
    columns = compiler.get_converters([column for column, *_ in compiler.select])
    converters = [(column, *each) for column, each in columns.items()]
    is_model = query._iterable_class is ModelIterable
    read = _model_reader(query.model, compiler) if is_model else tuple
    return Statement(sql, parameters, read, converters)


def _model_reader(model: type[models.Model], compiler: Any) -> Callable[[Any], models.Model]:
    """As a queryset makes a model of a row, with all but the row known beforehand."""
    columns = compiler.klass_info["select_fields"]
    own = slice(columns[0], columns[-1] + 1)
    names = [column.target.attname for column, *_ in compiler.select[own]]
    beside = get_related_populators(compiler.klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]

    def read(row: Any) -> models.Model:
        made = model.from_db(connection.alias, names, row[own])
        for related in beside:
            related.populate(row, made)
        for name, column in compiler.annotation_col_map.items():
            setattr(made, name, row[column])
        return made

    return read


def _changing(query: "models.QuerySet[Any]", values: dict[str, Any]) -> Statement:
    update: Any = query.query.chain(UpdateQuery)
    update.add_update_values(values)
    return Statement(*_with_constants(*update.get_compiler(connection=connection).as_sql()))


def _with_constants(sql: str, parameters: Sequence[Any]) -> tuple[str, list[Given]]:
    """Constants as part of the text: a plan that PostgreSQL keeps then uses a partial index."""
    written = ["%s" if isinstance(each, Given) else _literal(each) for each in parameters]
    return sql % tuple(written), [each for each in parameters if isinstance(each, Given)]


def _literal(constant: str | int) -> str:
    if isinstance(constant, str):
        return "'" + constant.replace("'", "''").replace("%", "%%") + "'"
    return str(int(constant))


@cache
def _inserting(model: type[models.Model], vendor: str) -> tuple[str, list[Any]]:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    insert = InsertQuery(model)
    shape = model(**{field.attname: Given(field.attname, field) for field in fields})
    insert.insert_values(fields, [shape], raw=True)
    compiler = insert.get_compiler(connection=connection)
    compiler.returning_fields = [model._meta.pk]
    ((sql, _),) = compiler.as_sql()
    return sql, fields
