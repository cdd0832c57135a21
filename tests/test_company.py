"""The company file: precedence, environment variables, YAML's traps, and what is never written out."""

import json
import pickle
from datetime import date
from pathlib import Path

import pytest

from custlib.company import load_company
from custlib.errors import UsageError
from custlib.settings import Settings, nearest, read_mapping

TEXT = """
company: shop
title: A shop
connection: {folder: data}
currency: EUR
relationship: non_contractual
tables:
  transactions:
    from: log.csv
    columns: {customer_id: customer, date: date, amount: amount}
settings:
  active_window_months: 3
  min_group: 10
definitions: {agreed_by: the board, on: 2026-01-15, version: 2}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(TEXT)
    return path


def test_settings_are_taken_from_the_first_that_gives_them(file, tmp_path):
    parameters = tmp_path / "quarter.yaml"
    parameters.write_text("min_group: 20\nmaterial_change: 0.5\n")
    company = load_company(file, settings={"material_change": 0.1}, parameters_file=parameters)
    assert company.settings.active_window_months == 3
    assert company.settings.min_group == 20
    assert company.settings.material_change == 0.1
    assert company.settings.discount_rate == 0.10
    assert company.origins["active_window_months"] == "company file"
    assert company.origins["min_group"] == "parameters file"
    assert company.origins["material_change"] == "notebook parameter"
    assert company.origins["discount_rate"] == "default"
    assert set(company.origins) == set(Settings.model_fields)


def test_mistake_in_a_parameters_file_names_that_file(file, tmp_path):
    parameters = tmp_path / "quarter.yaml"
    parameters.write_text("min_groop: 20\n")
    with pytest.raises(
        UsageError, match=r"quarter.yaml: unknown setting 'min_groop'; did you mean 'min_group'\?"
    ):
        load_company(file, parameters_file=parameters)


def test_overriding_core_rule_replaces_the_whole_rule(file):
    rule = {"any": [{"metric": "transactions", "window_months": 3, "at_least": 10}]}
    company = load_company(file, settings={"core": rule})
    assert company.settings.core is not None
    assert company.settings.core.any[0].at_least == 10
    assert company.settings.core.all == []


def test_every_shipped_company_file_loads(root):
    for shipped in (root / "companies").glob("*.yaml"):
        company = load_company(shipped)
        assert company.name == shipped.stem
        assert load_company(company.name).path == shipped


def test_name_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_company("cdnow").title == "CDNOW"
    (tmp_path / "companies").mkdir()
    (tmp_path / "companies" / "cdnow.yaml").write_text(TEXT)
    assert load_company("cdnow").title == "A shop"


def test_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(
        UsageError, match=r"no company is called 'online_retial'; did you mean 'online_retail'\?"
    ):
        load_company("online_retial")


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"company file 'none.yaml' does not exist"):
        load_company(tmp_path / "none.yaml")


def test_paths_start_at_the_company_file(file, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    assert load_company(file).connection.location == str(tmp_path / "data")


def test_environment_is_expanded_in_the_connection_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP", "/secret-place")
    path = tmp_path / "shop.yaml"
    path.write_text(
        TEXT.replace("folder: data", 'folder: "${SHOP}/${PART:-log}"').replace("A shop", '"${SHOP}"')
    )
    company = load_company(path)
    assert company.connection.location == "/secret-place/log"
    assert company.title == "${SHOP}"
    monkeypatch.setenv("PART", "other")
    assert load_company(path).connection.location == "/secret-place/other"


def test_what_the_environment_held_is_never_written_out(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP", "/hunter2")
    path = tmp_path / "shop.yaml"
    path.write_text(TEXT.replace("folder: data", 'folder: "${SHOP}"'))
    company = load_company(path)
    assert company.connection.shown == "${SHOP}"
    assert "hunter2" not in repr(company)
    assert "hunter2" not in json.dumps(company.public())


def test_public_values_say_where_they_came_from(file):
    public = load_company(file, settings={"min_group": 5}).public()
    assert public["settings"]["min_group"] == {"value": 5, "origin": "notebook parameter"}
    assert public["definitions"] == {"agreed_by": "the board", "on": "2026-01-15", "version": "2"}
    assert public["connection"] == "folder"
    json.dumps(public)


def test_hash_follows_the_file_and_nothing_else(file, monkeypatch):
    first = load_company(file).file_hash
    assert load_company(file, settings={"min_group": 5}).file_hash == first
    file.write_text(TEXT + "# changed\n")
    assert load_company(file).file_hash != first


def test_company_can_be_pickled(file):
    company = load_company(file)
    assert pickle.loads(pickle.dumps(company)) == company


def test_month_and_dates_are_typed(file):
    file.write_text(TEXT + "complete_through: 2026-05\n")
    company = load_company(file)
    assert company.complete_through == date(2026, 5, 1)
    assert company.definitions.on == date(2026, 1, 15)


def test_yaml_keeps_words_words():
    read = read_mapping("country: NO\non: yes\nclock: 12:30\ncode: 007\nempty:\nshare: 1.5\n", "x")
    assert read == {
        "country": "NO",
        "on": "yes",
        "clock": "12:30",
        "code": "007",
        "empty": None,
        "share": 1.5,
    }


def test_section_of_comments_alone_means_its_defaults(file):
    file.write_text(TEXT.replace("  active_window_months: 3\n  min_group: 10\n", "  # nothing yet\n"))
    assert load_company(file).settings == Settings()


def test_boolean_is_no_number(file):
    with pytest.raises(UsageError, match="min_group must be a whole number, not the flag true"):
        load_company(file, settings={"min_group": True})


def test_flag_of_the_core_rule_is_the_text_of_the_tables(file):
    rule = {"all": [{"metric": "loan_repaid", "equals": True}]}
    core = load_company(file, settings={"core": rule}).settings.core
    assert core is not None
    assert core.all[0].equals == "true"


def test_all_mistakes_are_listed_below_the_first(file):
    file.write_text(TEXT.replace("currency: EUR", "currency: 5").replace("min_group: 10", "min_group: ten"))
    with pytest.raises(UsageError) as caught:
        load_company(file)
    first, *others = str(caught.value).splitlines()
    assert first.endswith("currency must be a text, not the number 5")
    assert others == ["  also: settings.min_group must be a whole number, not the text 'ten'"]


def test_nearest_name_ignores_case_and_lists_when_none_is_close():
    assert nearest("CUSTOMERID", ["customerId", "date"]) == "; did you mean 'customerId'?"
    assert nearest("zzz", ["b", "a"]) == "; the names are a, b"


def test_settings_that_go_together_are_judged_together_whichever_file_gives_them(file, tmp_path):
    parameters = tmp_path / "quarter.yaml"
    parameters.write_text("horizon_months: 60\n")
    # No discounting is right with a horizon, which another file may give.
    company = load_company(file, settings={"discount_rate": 0.0}, parameters_file=parameters)
    assert (company.settings.discount_rate, company.settings.horizon_months) == (0, 60)
    with pytest.raises(UsageError, match=r"shop.yaml and the settings over it: discount_rate 0 with"):
        load_company(file, settings={"discount_rate": 0.0})


def test_a_model_for_contracts_is_for_contracts(file):
    file.write_text(TEXT.replace("non_contractual", "contractual"))
    for model in ("sbg", "bgbb", "bgnbd", "pareto_nbd", "auto"):
        assert load_company(file, settings={"clv_model": model}).settings.clv_model == model
    file.write_text(TEXT.replace("non_contractual", "mixed"))
    with pytest.raises(
        UsageError, match="choose bgbb, bgnbd, pareto_nbd or auto; contracts are valued by it anyway"
    ):
        load_company(file, settings={"clv_model": "sbg"})
