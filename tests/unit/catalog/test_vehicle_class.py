import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcore.catalog.policies.vehicle_class import class_said, vehicle_class
from leadcore.catalog.policies.vehicle_models import ALIASES, MODELS


@pytest.mark.parametrize(
    ("make", "model", "expected"),
    [
        ("Honda", "Accord", "sedan"),
        ("Honda", "Accord Sport 2.0T", "sedan"),
        ("Honda", "CR-V", "suv"),
        ("HONDA", "civic coupe", "coupe"),
        ("Ford", "F-150 Lariat", "truck"),
        ("Ford", "F-250 Super Duty Crew Cab", "truck"),
        ("Chevy", "Silverado 1500", "truck"),
        ("Tesla", "Model Y Long Range", "suv"),
        ("Tesla", "Model 3", "sedan"),
        ("Mercedes-Benz", "C 300", "sedan"),
        ("BMW", "3 Series", "sedan"),
        ("BMW", "X5 xDrive40i", "suv"),
        ("Mazda", "3", "sedan"),
        ("Toyota", "RAV4 Hybrid", "suv"),
        ("Toyota", "Sienna", "van"),
        ("Jeep", "Grand Cherokee L", "suv"),
        ("Ram", "1500 Big Horn", "truck"),
        ("", "Camry", "sedan"),
        ("", "2021 Toyota Camry SE", "sedan"),
        ("", "Chevy Tahoe", "suv"),
        ("Land Rover", "Range Rover Sport", "suv"),
        ("", "3", None),
        ("Zonk", "Zonkmobile", None),
        ("Honda", "", None),
        ("", "", None),
    ],
)
def test_popular_models_have_a_class(make: str, model: str, expected: str | None) -> None:
    assert vehicle_class(make=make, model=model) == expected


def test_the_body_word_wins_over_the_table() -> None:
    assert vehicle_class(make="Honda", model="Accord", body="Coupe") == "coupe"
    assert vehicle_class(make="Honda", model="Accord", body="Crossover Utility", size="SUV") == "suv"
    assert vehicle_class(make="Honda", model="Accord", body="Unknown") == "sedan"


def test_several_classes_said_are_none() -> None:
    assert class_said("a truck or an SUV") is None
    assert class_said("my car") is None
    assert class_said("my wife's SUV") == "suv"


def test_the_table_is_of_decent_size_and_every_alias_leads_somewhere() -> None:
    assert sum(len(models) for models in MODELS.values()) >= 250
    assert set(ALIASES.values()) <= set(MODELS)


@given(st.sampled_from([(make, model) for make, models in MODELS.items() for model in models]), st.integers(1990, 2027))
def test_every_model_of_the_table_is_found_in_any_case_and_trim(known: tuple[str, str], year: int) -> None:
    make, model = known

    assert vehicle_class(make=make.upper(), model=f"{model} Limited") == MODELS[make][model]
    assert vehicle_class(make=make, model=f"{year} {make} {model}") == MODELS[make][model]


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_any_vehicle_is_classed_or_not(make: str, model: str, body: str) -> None:
    assert vehicle_class(make=make, model=model, body=body) in {None, "coupe", "sedan", "suv", "truck", "van"}
