"""``ics-graph serve``: the HTTP service."""

from __future__ import annotations

from pathlib import Path

import click

from ics_graph.cli.options import data_option
from ics_graph.errors import Unavailable
from ics_graph.settings import Settings


@click.command("serve")
@click.option("--host", help="Address to listen on; loopback unless given.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 8000 unless given.")
@data_option
def serve_command(host: str | None, port: int | None, data: tuple[Path, ...]) -> None:
    """Serve the graph over HTTP until interrupted."""
    try:
        from ics_graph.service.serving import serve  # noqa: PLC0415 - FastAPI is an extra, imported when used
    except ImportError as error:
        if (error.name or "").startswith("ics_graph"):
            raise  # a fault of ours, which no package mends
        raise Unavailable(
            f"The service needs more than the core ({error.name}): pip install 'ics-graph[service]'."
        ) from None
    settings = Settings.from_environment(host=host, port=port)
    serve(settings, data)
