"""Write docs/workflows/ and the picture of the house: `python -m portal.diagrams [--check]`."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import click

from portal.house_picture import house_markdown, house_svg, read_house
from workflows.catalogue import CATALOGUE, Catalogue
from workflows.diagram import dot
from workflows.page_text import markdown
from workflows.rights_text import rights_markdown

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_SECONDS = 60


class DrawingError(Exception):
    """Graphviz is missing or did not draw; the text is its own."""


def drawn(source: str) -> str:
    """Return Graphviz source drawn as SVG, the same on every machine.

    Raises:
        DrawingError: the program is not installed, or it refuses the source.
    """
    program = Path(sysconfig.get_path("scripts")) / "graphviz-pure"
    if not program.exists():
        raise DrawingError(f"{program.name} is not installed: it comes with the development tools")
    run = subprocess.run(  # noqa: S603 - our own source to a program of this environment
        [program, "-Tsvg"], input=source.encode(), capture_output=True, check=False, timeout=_PATIENCE_SECONDS
    )
    if run.returncode != 0:
        raise DrawingError(run.stderr.decode(errors="replace").strip())
    # Measured in Helvetica, shown in what the reader's machine has of that kind.
    picture = run.stdout.decode().replace('font-family="Helvetica"', 'font-family="Helvetica, Arial, sans-serif"')
    return "".join(f"{line.rstrip()}\n" for line in picture.splitlines())


def documents(root: Path, catalogue: Catalogue) -> dict[Path, str]:
    """Return every generated document: its place and its text.

    Raises:
        DrawingError: a picture could not be drawn.
    """
    house, folder = read_house(root), root / "docs" / "workflows"
    found = {root / "docs" / "house.md": house_markdown(house), root / "docs" / "house.svg": house_svg(house)}
    found[folder / "rights.md"] = rights_markdown(catalogue)
    for kind, workflow in catalogue.items():
        found |= {folder / f"{kind}.md": markdown(workflow), folder / f"{kind}.svg": drawn(dot(workflow))}
    return found


def complaints(root: Path, wanted: dict[Path, str]) -> list[str]:
    """Return what is stale, missing, or left over from a page that is no more; empty when all is fresh."""
    stale = [
        f"{path.relative_to(root)} is stale: run python -m portal.diagrams"
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    present = sorted((root / "docs" / "workflows").glob("*"))
    return stale + [f"{path.relative_to(root)} belongs to no page" for path in present if path not in wanted]


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a document is stale.")
def main(*, check: bool) -> None:
    """Write the documents that are drawn from the pages and the contracts."""
    try:
        wanted = documents(ROOT, CATALOGUE)
    except DrawingError as error:
        raise click.ClickException(str(error)) from error
    if not check:
        for path, text in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    found = complaints(ROOT, wanted)
    for line in found:
        click.echo(line, err=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
