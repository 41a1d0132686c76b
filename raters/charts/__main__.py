"""The process that draws: what `raters.charts.draw` asks for comes in, SVG and PNG go out."""

import base64
import json
import sys
from typing import Any


def main() -> None:
    from raters.charts import marks

    def drawn(kind: str, given: dict[str, Any]) -> str:
        if "bars" in given:
            bars = [marks.Bar(**bar) for bar in given["bars"]]
            given = {**given, "bars": bars}
        svg: str = getattr(marks, f"{kind}_svg")(**given)
        return svg

    svgs = {name: drawn(kind, given) for name, kind, given in json.load(sys.stdin)}
    pngs = {name: base64.b64encode(marks.png(svg)).decode() for name, svg in svgs.items()}
    json.dump({name: (svg, pngs[name]) for name, svg in svgs.items()}, sys.stdout)


if __name__ == "__main__":
    main()
