"""Work in a thread for a client that may go away: then the work is called off, for nobody is left to be answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from ics_graph.errors import IcsGraphError
from ics_graph.workers.handles import Cancellation, JobCancelledError

Answer = TypeVar("Answer")


async def run_while_connected(
    receive: Receive, work: Callable[[Cancellation], Answer], limiter: CapacityLimiter
) -> Answer:
    """What ``work`` gives, in a thread that ``limiter`` counts; ``receive`` is that of the request.

    Raises what ``work`` raises, ClientDisconnect where the client went away and the work was called off, and what
    ``receive`` raises where a body is still to come that breaks a limit.
    """
    cancellation = Cancellation()
    faults: list[IcsGraphError] = []

    async def watch() -> None:
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        except IcsGraphError as error:
            # A limit; told to the client by the one who waits for the work.
            faults.append(error)
        cancellation.cancel()

    watching = asyncio.create_task(watch())
    try:
        return await anyio.to_thread.run_sync(lambda: work(cancellation), limiter=limiter)
    except JobCancelledError:
        raise (faults[0] if faults else ClientDisconnect()) from None
    finally:
        watching.cancel()
