"""``ics-graph build``: a snapshot of authored data."""

from __future__ import annotations

from pathlib import Path

import click

from ics_graph.cli.options import data_option
from ics_graph.cli.parameters import NonEmptyPath
from ics_graph.settings import Settings
from ics_graph.store.build import build
from ics_graph.store.snapshot import Snapshot


@click.command("build")
@data_option
@click.option(
    "--output",
    type=NonEmptyPath(path_type=Path, file_okay=False),
    help="Folder for snapshots; the cache unless given.",
)
def build_command(data: tuple[Path, ...], output: Path | None) -> None:
    """Build a snapshot of the authored data and print its folder and version.

    The folder appears in one step when it is complete; OUTPUT/current points at it.
    """
    settings = Settings.from_environment()
    folder = build(
        list(data) or [settings.data],
        settings.ontology,
        output or settings.cache,
        union=settings.union_default_graph,
        base_iri=settings.base_iri or None,
    )
    manifest = Snapshot(folder).manifest
    click.echo(f"{folder}")
    click.echo(
        f"dataset {manifest.dataset}: {manifest.triples} triples, {manifest.bodies} bodies, "
        f"{manifest.relations} relations, {manifest.change_days} days on which something changes"
    )
