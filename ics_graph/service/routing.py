"""How a request's parameters come to the function of its route.

FastAPI works out from the function's signature, anew for each request, which parameters there are and where they come
from; that took more time than most answers. The routes about the graph all have the same signature, which is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from inspect import signature
from typing import Any, Final, get_type_hints

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

ASKED: Final = "asked"
"""The argument that takes the parameters of the query, all in one model."""


class GraphRoute(APIRoute):
    """A route whose function takes the request, the parts of the path as text, and its parameters as ``asked``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The function that answers a request. Raises RequestValidationError as FastAPI would."""
        endpoint = self.endpoint
        names = set(signature(endpoint).parameters) - set(self.param_convertors) - {"request"}
        assert names <= {ASKED}, names  # noqa: S101 - routes of another form have the class of FastAPI
        model: type[BaseModel] | None = get_type_hints(endpoint).get(ASKED)

        async def handle(request: Request) -> Response:
            arguments: dict[str, Any] = dict(request.path_params)
            if model is not None:
                try:
                    arguments[ASKED] = model.model_validate(dict(request.query_params))
                except ValidationError as error:
                    found = error.errors(include_url=False)
                    raise RequestValidationError([{**one, "loc": ("query", *one["loc"])} for one in found]) from None
            response: Response = await endpoint(request=request, **arguments)
            return response

        return handle
