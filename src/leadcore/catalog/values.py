"""Vehicle classes and service categories."""

from typing import Literal

VehicleClass = Literal["coupe", "sedan", "suv", "truck", "van", "any"]
Category = Literal["tint", "ppf", "ceramic", "wrap", "detail", "audio", "other"]
EntryState = Literal["live", "missed", "retired"]
