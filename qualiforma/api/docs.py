"""What a view says of an operation, in the house's words, as drf-spectacular wants it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

Handler = TypeVar("Handler", bound=Callable[..., Any])


def an_id(name: str, description: str, example: str) -> OpenApiParameter:
    """Return the parameter of a path that is an id."""
    return OpenApiParameter(
        name,
        str,
        OpenApiParameter.PATH,
        description=description,
        examples=[OpenApiExample(example, value=example)],
    )


def described(
    operation_id: str,
    summary: str,
    description: str,
    answer: tuple[int | tuple[int, str], Any, str],
    example: tuple[str, Mapping[str, Any]] | None = None,
    *,
    parameters: Sequence[Any] = (),
    **more: Any,
) -> Callable[[Handler], Handler]:
    """Describe an operation. Shape: `answer` is its status, its body and what that means.

    A file's status comes with its media type.
    """
    status, body, meaning = answer
    shown = (
        [
            OpenApiExample(
                example[0], value=example[1], response_only=True, status_codes=[str(status)]
            )
        ]
        if example
        else []
    )
    return extend_schema(
        operation_id=operation_id,
        summary=summary,
        description=description,
        parameters=list(parameters),
        responses={status: OpenApiResponse(body, meaning)},
        examples=shown,
        **more,
    )
