from custlib.data.schema import TABLES, codebook


def test_every_column_is_in_the_codebook():
    text = codebook()
    for table in TABLES.values():
        assert f"## {table.name}\n" in text
        for column in table.columns:
            assert f"| `{column.name}` | {column.kind} |" in text
            assert column.description and column.null_means


def test_required_columns():
    assert {name: table.required for name, table in TABLES.items()} == {
        "transactions": ("customer_id", "date", "amount"),
        "customers": ("customer_id",),
        "costs": ("customer_id", "date", "cost"),
        "customer_months": ("customer_id", "month"),
    }


def test_what_is_unique_is_a_column():
    for table in TABLES.values():
        assert all(table.column(name) for name in table.unique)
