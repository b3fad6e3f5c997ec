"""Draw the pictures of docs/wiring.md: ``python docs/make_drawings.py`` writes four SVG files beside it."""

from __future__ import annotations

import math
from pathlib import Path
from xml.sax.saxutils import escape

DOCS = Path(__file__).parent / "wiring"

INK = "#22303c"
MUTED = "#66737f"
PAPER = "#fdfdfb"
EDGE = "#d8dde1"
FILL = "#eef2f4"
SKIN = "#f3e9df"
STEEL = "#c9d1d7"
BOARD = "#dfeae4"
CLIP = "#3b82a0"
#: One colour a wire in every drawing.
WIRES = {"3V3": "#c2473a", "GND": "#3d4852", "SDA": "#2d6fb5", "SCL": "#b7791f", "AD0": "#7a5aa6"}
USED_PADS = ("VCC", "GND", "SCL", "SDA", "AD0")


class Drawing:
    """An SVG that grows line by line."""

    def __init__(self, width: int, height: int, title: str) -> None:
        start = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" font-family="DejaVu Sans, Verdana, sans-serif">'
        )
        self._parts = [start, f"<title>{escape(title)}</title>"]
        self.box(0.5, 0.5, width - 1, height - 1, fill=PAPER, stroke=EDGE, radius=10)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str = FILL,
        stroke: str = INK,
        radius: float = 6,
        stroke_width: float = 1.5,
    ) -> None:
        """Draw a rectangle with round corners, given by its upper left one."""
        self._parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{radius}" fill="{fill}" '
            f'stroke="{stroke}" stroke-width="{stroke_width}"/>'
        )

    def circle(self, x: float, y: float, radius: float, *, fill: str, stroke: str = "none") -> None:
        """Draw a disc."""
        self._parts.append(
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" stroke="{stroke}" stroke-width="1.5"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        what: str,
        *,
        size: int = 14,
        fill: str = INK,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write one line; x and y are where its baseline begins, or what `anchor` says."""
        weight = ' font-weight="bold"' if bold else ""
        self._parts.append(
            f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" text-anchor="{anchor}"{weight}>'
            f"{escape(what)}</text>"
        )

    def path(
        self,
        d: str,
        *,
        stroke: str = INK,
        stroke_width: float = 1.5,
        fill: str = "none",
    ) -> None:
        """Draw a line, or a shape, from SVG's own path commands."""
        self._parts.append(
            f'<path d="{d}" fill="{fill}" stroke="{stroke}" stroke-width="{stroke_width}" '
            f'stroke-linecap="round" stroke-linejoin="round"/>'
        )

    def wire(self, colour: str, *points: tuple[float, float]) -> None:
        """Draw a wire through the points; where wires cross, the later one is on top."""
        d = "M" + " L".join(f"{x} {y}" for x, y in points)
        self.path(d, stroke=PAPER, stroke_width=8)
        self.path(d, stroke=colour, stroke_width=3)

    def pointer(self, x: float, y: float, to_x: float, to_y: float) -> None:
        """Draw a thin line from a word to what it means."""
        self.path(f"M{x} {y} L{to_x} {to_y}", stroke=MUTED, stroke_width=1)
        self.circle(to_x, to_y, 2.5, fill=MUTED)

    def save(self, path: Path) -> None:
        """Write the file."""
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join([*self._parts, "</svg>", ""]), encoding="utf-8")


def module(drawing: Drawing, x: float, y: float, pads: dict[str, float], name: str) -> None:
    """Draw a sensor board whose pads are on its right edge, at these heights."""
    bottom = max(pads.values()) + 24
    drawing.box(x, y, 150, bottom - y, fill=BOARD)
    drawing.box(x + 40, (y + bottom) / 2 - 24, 48, 48, fill=INK, radius=3)
    drawing.text(x + 64, (y + bottom) / 2 + 4, "MPU", size=11, fill=PAPER, anchor="middle")
    drawing.text(x, y - 12, name, bold=True)
    for label, at in pads.items():
        drawing.text(x + 136, at + 4, label, size=11, anchor="end", fill=INK if label in USED_PADS else MUTED)


def pad(drawing: Drawing, x: float, y: float, label: str) -> None:
    """Draw a soldering pad, over the end of its wire."""
    colour = WIRES["3V3" if label == "VCC" else label] if label in USED_PADS else MUTED
    drawing.circle(x, y, 6, fill=PAPER, stroke=colour)


HEADER = {
    1: "3V3", 2: "5 V", 3: "SDA", 4: "5 V", 5: "SCL", 6: "GND", 7: "", 8: "", 9: "GND",
    10: "", 11: "", 12: "", 13: "", 14: "GND", 15: "", 16: "", 17: "3V3", 18: "",
}  # fmt: skip


def draw_pins() -> None:
    """Draw one sensor on the 40-pin header."""
    drawing = Drawing(860, 440, "One sensor on the 40-pin header of a Raspberry Pi")
    names = ("VCC", "GND", "SCL", "SDA", "XDA", "XCL", "AD0", "INT")
    pads = {name: 76.0 + 34 * i for i, name in enumerate(names)}
    module(drawing, 40, 52, pads, "Sensor board (GY-521)")
    top, step, odd, even = 76, 34, 586, 622
    rows = {pin: top + step * ((pin - 1) // 2) for pin in HEADER}

    drawing.box(odd - 22, top - 22, even - odd + 44, 9 * step + 18, fill=FILL)
    drawing.text(
        (odd + even) / 2, top - 36, "40-pin header of the Pi, from above", bold=True, anchor="middle"
    )
    pad_x = 190
    drawing.wire(WIRES["3V3"], (pad_x, pads["VCC"]), (odd, rows[1]))
    drawing.wire(WIRES["SCL"], (pad_x, pads["SCL"]), (odd, rows[5]))
    below = rows[6] + step / 2
    drawing.wire(
        WIRES["GND"], (pad_x, pads["GND"]), (340, pads["GND"]), (340, below), (even, below), (even, rows[6])
    )
    drawing.wire(WIRES["SDA"], (pad_x, pads["SDA"]), (430, pads["SDA"]), (430, rows[3]), (odd, rows[3]))
    drawing.wire(WIRES["AD0"], (pad_x, pads["AD0"]), (430, pads["AD0"]), (430, rows[9]), (odd, rows[9]))
    for name, at in pads.items():
        pad(drawing, pad_x, at, name)
    used = {1: "3V3", 3: "SDA", 5: "SCL", 6: "GND", 9: "AD0"}
    for pin, name in HEADER.items():
        x = odd if pin % 2 else even
        colour = WIRES[used[pin]] if pin in used else EDGE
        drawing.circle(x, rows[pin], 12, fill=PAPER if pin in used else FILL, stroke=colour)
        drawing.text(x, rows[pin] + 4, str(pin), size=11, anchor="middle", fill=INK if pin in used else MUTED)
        if pin % 2 == 0:
            drawing.text(even + 32, rows[pin] + 5, name, size=13, fill=INK if pin in used else MUTED)
    for pin, words in {1: "3V3", 3: "SDA (GPIO 2)", 5: "SCL (GPIO 3)", 9: "ground"}.items():
        drawing.text(odd - 34, rows[pin] - 7, words, size=12, anchor="end", fill=WIRES[used[pin]])
    drawing.text(odd - 34, rows[17] + 5, "3V3, for AD0 of a second sensor", size=12, anchor="end", fill=MUTED)
    drawing.text(even + 70, rows[2] + 5, "leave free", size=12, fill=MUTED)
    drawing.text(even + 70, rows[4] + 5, "leave free", size=12, fill=MUTED)
    drawing.text(odd - 18, top + 9 * step + 12, "pins 19 to 40 below", size=11, fill=MUTED)

    # The board as a whole, so that nobody counts from the wrong end.
    drawing.box(706, 218, 112, 170, fill=BOARD)
    drawing.box(800, 226, 14, 106, fill=INK, radius=2)
    drawing.circle(803.5, 230, 2.5, fill="#ffffff")
    drawing.box(712, 372, 28, 26, fill=STEEL, radius=2)
    drawing.box(746, 372, 28, 26, fill=STEEL, radius=2)
    drawing.box(780, 372, 30, 26, fill=STEEL, radius=2)
    drawing.text(762, 416, "USB and network", size=11, anchor="middle", fill=MUTED)
    drawing.pointer(758, 254, 803.5, 230)
    drawing.text(754, 268, "pin 1", size=12, anchor="end")
    drawing.text(40, 386, "XDA, XCL and INT stay open.", size=12, fill=MUTED)
    drawing.text(
        40, 406, "AD0 on ground: address 0x68. On most boards it may stay open.", size=12, fill=MUTED
    )
    drawing.save(DOCS / "pins.svg")


def draw_two_sensors() -> None:
    """Draw two sensors that share four wires."""
    drawing = Drawing(860, 410, "Two sensors share four wires; AD0 tells them apart")
    rails = {"3V3": 84, "SDA": 118, "SCL": 152, "GND": 186}
    drawing.box(36, 56, 150, 160, fill=BOARD)
    drawing.text(40, 44, "Raspberry Pi", bold=True)
    pins = {"3V3": "pin 1", "SDA": "pin 3", "SCL": "pin 5", "GND": "pin 6"}
    ends = {"3V3": 717, "SDA": 674, "SCL": 631, "GND": 588}
    for name, y in rails.items():
        drawing.text(52, y + 5, pins[name], size=12, fill=MUTED)
        drawing.text(164, y + 5, name, size=13, anchor="end")
        drawing.wire(WIRES[name], (186, y), (ends[name], y))
        drawing.circle(186, y, 5, fill=WIRES[name])
    sensors = (
        (270, "Limb: address 0x68", "wrist, bar or handle", "GND"),
        (560, "Torso: address 0x69", "optional, on the back or chest", "3V3"),
    )
    for x, name, where, joined in sensors:
        drawing.box(x, 286, 230, 52, fill=BOARD)
        drawing.text(x, 364, name, bold=True)
        drawing.text(x, 384, where, size=12, fill=MUTED)
        order = (
            ("AD0", "GND", "SCL", "SDA", "VCC") if joined == "GND" else ("GND", "SCL", "SDA", "VCC", "AD0")
        )
        at = {pad: x + 28 + 43 * i for i, pad in enumerate(order)}
        for label in ("GND", "SCL", "SDA", "VCC"):
            rail = "3V3" if label == "VCC" else label
            drawing.wire(WIRES[rail], (at[label], 286), (at[label], rails[rail]))
        for label in ("GND", "SCL", "SDA", "VCC"):
            rail = "3V3" if label == "VCC" else label
            drawing.circle(at[label], rails[rail], 5, fill=WIRES[rail])
        next_to = at["GND" if joined == "GND" else "VCC"]
        drawing.wire(WIRES["AD0"], (at["AD0"], 286), (at["AD0"], 252), (next_to, 252))
        drawing.circle(next_to, 252, 5, fill=WIRES["AD0"])
        for label, pad_x in at.items():
            pad(drawing, pad_x, 286, label)
            drawing.text(pad_x, 314, label, size=11, anchor="middle")
    drawing.text(288, 259, "AD0 to ground", size=12, anchor="end", fill=WIRES["AD0"])
    drawing.text(770, 259, "AD0 to 3V3", size=12, fill=WIRES["AD0"])
    drawing.save(DOCS / "two_sensors.svg")


def twisted(drawing: Drawing, y: float, first: str, second: str, left: float, right: float) -> None:
    """Draw two wires wound round each other."""
    turns, height, points = 9, 9.0, 180
    for sign, name in ((1, second), (-1, first)):
        wave = [
            (
                left + (right - left) * i / points,
                y + sign * height * math.cos(2 * math.pi * turns * i / points),
            )
            for i in range(points + 1)
        ]
        d = "M" + " L".join(f"{px:.1f} {py:.1f}" for px, py in wave)
        drawing.path(d, stroke=PAPER, stroke_width=6)
        drawing.path(d, stroke=WIRES[name], stroke_width=3)


def draw_cable() -> None:
    """Draw a cable that works, and how long it may be."""
    drawing = Drawing(860, 430, "Twisted pairs, a capacitor at the sensor, and how long the cable may be")
    drawing.box(36, 56, 120, 180, fill=BOARD)
    drawing.text(40, 44, "Raspberry Pi", bold=True)
    drawing.box(650, 56, 174, 180, fill=BOARD)
    drawing.text(654, 44, "Sensor board", bold=True)
    pairs = ((88, "SDA", "GND"), (146, "SCL", "GND"), (204, "3V3", "GND"))
    for y, first, second in pairs:
        twisted(drawing, y, first, second, 170, 636)
        for name, dy in ((first, -9), (second, 9)):
            drawing.path(
                f"M140 {y + dy} L170 {y + dy} M636 {y + dy} L668 {y + dy}", stroke=WIRES[name], stroke_width=3
            )
            drawing.text(132, y + dy + 4, name, size=11, anchor="end")
            drawing.text(676, y + dy + 4, name, size=11)
    # The capacitor sits between VCC and ground, on the board.
    drawing.path("M706 195 L756 195 M706 213 L756 213", stroke=INK)
    drawing.path("M756 195 L756 201 M756 213 L756 207", stroke=INK)
    drawing.path("M744 201 L768 201 M744 207 L768 207", stroke=INK, stroke_width=3)
    drawing.text(774, 208, "0.1 µF", size=12)
    drawing.text(
        403, 44, "each signal is wound round a ground wire of its own", size=12, anchor="middle", fill=MUTED
    )

    left, metre = 120, 330
    drawing.text(40, 284, "How long", bold=True)
    for y, label, length_m, colour in (
        (312, "400 kHz", 0.5, "#5a9b76"),
        (348, "100 kHz", 1.5, "#5a9b76"),
    ):
        drawing.text(40, y + 5, label, size=13)
        drawing.box(left, y - 9, metre * length_m, 18, fill=colour, stroke="none", radius=4)
        words = "up to 50 cm" if length_m < 1 else "up to about 1.5 m"
        drawing.text(left + metre * length_m + 10, y + 5, words, size=13)
    axis = 380
    drawing.path(f"M{left} {axis} L{left + 2 * metre} {axis}", stroke=MUTED, stroke_width=1)
    for half_metres in range(5):
        x = left + metre * half_metres / 2
        drawing.path(f"M{x} {axis - 4} L{x} {axis + 4}", stroke=MUTED, stroke_width=1)
        drawing.text(x, axis + 22, f"{half_metres / 2:g} m", size=11, anchor="middle", fill=MUTED)
    drawing.save(DOCS / "cable.svg")


def clip(drawing: Drawing, x: float, y: float, *, size: float = 34) -> None:
    """Draw the sensor in its case, its middle at x, y."""
    drawing.box(x - size / 2, y - size * 0.35, size, size * 0.7, fill=CLIP, radius=4)


def draw_wrist(drawing: Drawing) -> None:
    """Draw a forearm that holds a handle, seen from the back of the hand."""
    drawing.box(52, 86, 166, 16, fill=STEEL, radius=7)
    drawing.path(
        "M108 128 C108 150 104 168 101 186 C96 226 91 262 90 330 L180 330 C179 262 174 226 169 186 "
        "C166 168 162 150 162 128 Z",
        fill=SKIN,
    )
    drawing.path(
        "M98 84 C98 74 105 68 113 71 C117 65 128 65 133 70 C138 65 149 65 153 71 C161 68 171 74 171 84 "
        "L171 116 C171 130 164 140 156 142 L114 142 C104 138 98 130 98 118 Z",
        fill=SKIN,
    )
    drawing.path("M115 72 L116 102 M134 71 L134 104 M153 72 L152 102", stroke_width=1)
    drawing.path("M105 168 L165 168 L167 194 L102 194 Z", fill=STEEL)
    clip(drawing, 135, 181)
    drawing.path("M135 193 C135 208 158 206 158 222 C158 240 138 236 138 258 L138 330", stroke_width=2.5)
    drawing.path("M126 270 L150 270", stroke=CLIP, stroke_width=6)
    for at, (to_x, to_y), words in (
        (166, (154, 178), ("flat on the back", "of the wrist")),
        (216, (160, 222), ("a loop that", "takes no pull")),
        (266, (154, 270), ("tied down",)),
    ):
        drawing.pointer(194, at, to_x, to_y)
        for i, line in enumerate(words):
            drawing.text(199, at + 4 + 15 * i, line, size=11)


def draw_bar(drawing: Drawing) -> None:
    """Draw a loaded bar with the sensor in its middle."""
    drawing.box(326, 150, 240, 10, fill=STEEL, radius=4)
    for x in (336, 544):
        drawing.box(x, 100, 12, 110, fill=MUTED, radius=3)
        drawing.box(x + (14 if x < 446 else -10), 116, 8, 78, fill=MUTED, radius=3)
    for x in (398, 494):
        drawing.box(x - 13, 141, 26, 28, fill=SKIN, radius=9)
    drawing.box(435, 146, 22, 18, fill=STEEL, radius=3)
    clip(drawing, 446, 155, size=26)
    drawing.path("M446 164 C446 200 418 204 426 246 C430 268 424 280 424 300", stroke_width=2.5)
    drawing.pointer(446, 96, 446, 143)
    drawing.text(446, 88, "the middle of the bar", size=11, anchor="middle")
    drawing.pointer(462, 232, 427, 236)
    drawing.text(467, 236, "slack for the whole", size=11)
    drawing.text(467, 251, "way, clear of plates,", size=11)
    drawing.text(467, 266, "hooks and hands", size=11)
    drawing.text(326, 340, "On a machine: on the handle", size=11, fill=MUTED)
    drawing.text(326, 355, "or the bar of the pulley.", size=11, fill=MUTED)


def draw_torso(drawing: Drawing) -> None:
    """Draw a back with the sensor between the shoulder blades."""
    drawing.circle(716, 92, 26, fill=SKIN, stroke=INK)
    drawing.path(
        "M704 115 L704 128 C682 136 658 138 648 154 C640 174 636 214 632 262 L652 264 L664 204 L668 316 "
        "L764 316 L768 204 L780 264 L800 262 C796 214 792 174 784 154 C774 138 750 136 728 128 L728 115 Z",
        fill=SKIN,
    )
    drawing.path("M688 168 C684 186 688 202 698 212 M744 168 C748 186 744 202 734 212", stroke_width=1)
    drawing.path("M666 177 L766 177 M666 190 L766 190", stroke=STEEL, stroke_width=4)
    clip(drawing, 716, 183, size=36)
    drawing.path("M716 196 L716 316", stroke_width=2.5)
    drawing.path("M704 244 L728 244", stroke=CLIP, stroke_width=6)
    drawing.pointer(768, 104, 730, 170)
    drawing.text(752, 82, "between the", size=11)
    drawing.text(752, 97, "shoulder blades", size=11)
    drawing.text(622, 340, "Or on the breastbone.", size=11, fill=MUTED)


def draw_mounting() -> None:
    """Draw where the sensor sits on wrist, bar and torso."""
    drawing = Drawing(860, 380, "Where the sensor sits on wrist, bar and torso")
    for x, name in ((36, "Wrist"), (326, "Bar or handle"), (622, "Torso")):
        drawing.text(x, 44, name, bold=True, size=15)
    drawing.path("M304 24 L304 356 M596 24 L596 356", stroke=EDGE)
    draw_wrist(drawing)
    draw_bar(drawing)
    draw_torso(drawing)
    drawing.save(DOCS / "mounting.svg")


def main() -> None:
    """Write all drawings."""
    draw_pins()
    draw_two_sensors()
    draw_cable()
    draw_mounting()


if __name__ == "__main__":
    main()
