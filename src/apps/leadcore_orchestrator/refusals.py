"""What an operation may answer instead, as the OpenAPI document tells it."""

from litestar.openapi.datastructures import ResponseSpec

from leadcore_runtime.problems import MEDIA_TYPE, Problem


def refusals(**why: str) -> dict[int, ResponseSpec]:
    """Return the refusals of an operation: those that every one has, and *why* by `s<status>`."""
    everywhere = {
        "s401": "no API key, a wrong or a revoked one",
        "s403": "the key has not the scope `operate`",
        "s503": "our own trouble: try again after Retry-After",
    }
    return {
        int(status[1:]): ResponseSpec(Problem, generate_examples=False, description=text, media_type=MEDIA_TYPE)
        for status, text in {**everywhere, **why}.items()
    }
