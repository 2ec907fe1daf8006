"""Opening the graph of a folder for a running service: what has to be built is built in another process.

Building takes the interpreter for seconds, in which the service would answer nobody. The process is this module
(``python -m ics_graph.service.building_beside``): settings come in as JSON on its standard input; it leaves the
snapshot in the cache, or says in one line of JSON what is wrong.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from ics_graph.errors import IcsGraphError, InvalidData, Position, Unavailable
from ics_graph.governance.graph import GovernanceGraph
from ics_graph.settings import PREFIX, Settings

_MODULE: Final = "ics_graph.service.building_beside"
_PACKAGES: Final = Path(__file__).resolve().parents[2]
_LONGEST: Final = 3600
_KINDNESS: Final = 5
_SECRETS: Final = frozenset({"admin_token"})


def open_beside(settings: Settings, data: Sequence[Path] = ()) -> GovernanceGraph:
    """The graph of ``data``, else of ``settings``, as it is on the disk now. Blocks.

    Raises InvalidData with the place of a fault, or Unavailable where no process can be started.
    """
    _build(settings, data)
    return GovernanceGraph.open(settings, data)


def _build(settings: Settings, data: Sequence[Path]) -> None:
    given = {
        PREFIX + item.name.upper(): str(getattr(settings, item.name))
        for item in fields(Settings)
        if item.name not in _SECRETS and str(getattr(settings, item.name)).strip()
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    if _PACKAGES.name not in {"site-packages", "dist-packages"}:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (environment.get("PYTHONPATH"), str(_PACKAGES))))
    orders = json.dumps({"settings": given, "data": [str(path) for path in data]})
    try:
        done = subprocess.run(  # noqa: S603 - our own module, by the interpreter that runs
            [sys.executable, "-P", "-m", _MODULE],
            input=orders,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=_LONGEST,
            start_new_session=True,
            check=False,
        )
        said: dict[str, Any] = json.loads(done.stdout)
    except OSError as error:
        raise Unavailable(f"No process can be started to build the graph: {error.strerror}.") from None
    except (subprocess.TimeoutExpired, ValueError):
        raise Unavailable("The process that builds the graph ended without a word.") from None
    if "error" in said:
        place = Position(*said["place"]) if said["place"] else None
        raise InvalidData(said["error"], position=place, hint=said["hint"])


def main() -> None:
    """Build what the standard input names."""
    with contextlib.suppress(OSError):
        os.nice(_KINDNESS)
    orders = json.loads(sys.stdin.read())
    said: dict[str, Any] = {}
    try:
        GovernanceGraph.open(Settings.from_environment(orders["settings"]), [Path(name) for name in orders["data"]])
    except IcsGraphError as error:
        at = error.position
        place = [at.file, at.line, at.column] if at is not None else None
        said = {"error": error.message, "place": place, "hint": error.hint}
    except Exception as error:  # noqa: BLE001 - told in one line to the service, which refuses the version
        said = {"error": f"The graph cannot be built ({type(error).__name__}).", "place": None, "hint": None}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
