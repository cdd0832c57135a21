from custlib.data.schema import TABLES, codebook
from custlib.surveying import KNOWN


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
        "surveys": ("customer_id", "date", "metric", "score"),
        "feedback": ("date",),
        "promises": ("customer_id", "promise", "due_on"),
        "operations": ("month", "metric", "value"),
        "channels": ("channel",),
        "products": ("product",),
        "events": ("date", "text"),
    }


def test_what_is_unique_is_a_column():
    for table in TABLES.values():
        assert all(table.column(name) for name in table.unique)


def test_scales_are_in_the_codebook():
    score = TABLES["surveys"].column("score")
    assert score is not None
    assert all(f"{metric} {scale}" in score.description for metric, scale in KNOWN.items())


def test_tables_without_customers():
    without = {name for name, table in TABLES.items() if not table.names_customers}
    assert without == {"operations", "channels", "products", "events"}


def test_the_printed_contract_is_the_one_that_is_checked(root):
    assert (root / "docs" / "contract.md").read_text().endswith(codebook())
