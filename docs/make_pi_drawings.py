"""Draw the pictures of docs/pi.md: ``python docs/make_pi_drawings.py`` writes them into docs/pi."""

from __future__ import annotations

from pathlib import Path

from make_drawings import BOARD, CLIP, EDGE, FILL, INK, MUTED, PAPER, SKIN, STEEL, WIRES, Drawing, clip

DOCS = Path(__file__).parent / "pi"

SCREEN = "#1f2a33"
GLOW = "#9ad7b0"
ARROW = 9.0


def arrow(drawing: Drawing, x: float, y: float, to_x: float, to_y: float, words: str = "") -> None:
    """Draw a level or upright arrow, with a word above it."""
    drawing.path(f"M{x} {y} L{to_x} {to_y}", stroke=MUTED, stroke_width=2)
    if y == to_y:
        back = ARROW if to_x > x else -ARROW
        drawing.path(
            f"M{to_x - back} {to_y - 5} L{to_x} {to_y} L{to_x - back} {to_y + 5}",
            stroke=MUTED,
            stroke_width=2,
        )
    else:
        back = ARROW if to_y > y else -ARROW
        drawing.path(
            f"M{to_x - 5} {to_y - back} L{to_x} {to_y} L{to_x + 5} {to_y - back}",
            stroke=MUTED,
            stroke_width=2,
        )
    if words:
        drawing.text((x + to_x) / 2, (y + to_y) / 2 - 8, words, size=11, anchor="middle", fill=MUTED)


def lines(drawing: Drawing, x: float, y: float, words: tuple[str, ...], *, anchor: str = "start") -> None:
    """Write small lines below each other."""
    for number, line in enumerate(words):
        drawing.text(x, y + 16 * number, line, size=11, anchor=anchor)


def heading(drawing: Drawing, x: float, number: int, words: str) -> None:
    """Write a panel's number and name."""
    drawing.circle(x + 11, 38, 12, fill=CLIP)
    drawing.text(x + 11, 43, str(number), size=13, anchor="middle", fill=PAPER, bold=True)
    drawing.text(x + 30, 43, words, bold=True)


def pi(drawing: Drawing, x: float, y: float, width: float = 110, height: float = 68) -> None:
    """Draw a Pi from above: its header, its chip, its sockets."""
    drawing.box(x, y, width, height, fill=BOARD)
    drawing.box(x + 10, y + 6, width - 36, 9, fill=SCREEN, stroke="none", radius=2)
    drawing.box(x + width * 0.36, y + height * 0.4, 24, 24, fill=SCREEN, stroke="none", radius=3)
    drawing.box(x + width - 16, y + height * 0.28, 20, 15, fill=STEEL, radius=2)
    drawing.box(x + width - 16, y + height * 0.62, 20, 15, fill=STEEL, radius=2)


def terminal(drawing: Drawing, x: float, y: float, width: float, said: tuple[str, ...]) -> None:
    """Draw a terminal with what was typed."""
    drawing.box(x, y, width, 26 + 17 * len(said), fill=SCREEN)
    for number in range(3):
        drawing.circle(x + 12 + 11 * number, y + 10, 3, fill=MUTED)
    for number, line in enumerate(said):
        drawing.text(x + 10, y + 33 + 17 * number, line, size=11, fill=GLOW)


def page(drawing: Drawing, x: float, y: float, count: str) -> None:
    """Draw a screen that shows a count."""
    drawing.box(x, y, 110, 74, fill=SCREEN)
    drawing.text(x + 55, y + 50, count, size=36, anchor="middle", fill=GLOW, bold=True)
    drawing.path(
        f"M{x + 55} {y + 74} L{x + 55} {y + 88} M{x + 34} {y + 88} L{x + 76} {y + 88}", stroke_width=3
    )


def draw_steps() -> None:
    """Draw the way from the card to the first set."""
    drawing = Drawing(900, 290, "From the SD card to the first counted set, in five steps")
    lefts = (24, 196, 362, 552, 730)
    for left in lefts[1:]:
        drawing.path(f"M{left - 12} 22 L{left - 12} 268", stroke=EDGE)
    for number, (left, words) in enumerate(
        zip(lefts, ("Write the card", "Wire", "Install", "Calibrate", "Train"), strict=True), 1
    ):
        heading(drawing, left, number, words)

    drawing.path("M66 84 L104 84 L116 96 L116 160 L66 160 Z", fill=STEEL)
    for number in range(4):
        drawing.box(72 + 9 * number, 88, 5, 12, fill=PAPER, stroke="none", radius=1)
    lines(drawing, 24, 196, ("Raspberry Pi OS Lite", "(64-bit); name, wifi", "and ssh in the imager"))

    pi(drawing, 210, 80, 124, 70)
    drawing.box(236, 180, 66, 34, fill=BOARD)
    drawing.box(260, 188, 18, 18, fill=INK, radius=2)
    for number, name in enumerate(("3V3", "GND", "SDA", "SCL")):
        drawing.wire(WIRES[name], (244 + 15 * number, 90), (244 + 15 * number, 180))
    lines(drawing, 196, 240, ("four wires, and AD0", "to ground: wiring.md"))

    terminal(drawing, 362, 78, 166, ("git clone ... repclip", "cd repclip", "sudo make install"))
    lines(
        drawing,
        362,
        196,
        ("five minutes: broker,", "station and page are", "started, now and at", "every boot"),
    )

    terminal(drawing, 552, 78, 152, ("repclip doctor", "sudo repclip calibrate"))
    for number, x in enumerate((570, 618, 666)):
        drawing.box(x, 168, 30, 22, fill=CLIP, radius=3)
        drawing.text(x + 15, 184, ("flat", "edge", "end")[number], size=9, anchor="middle", fill=PAPER)
    drawing.path("M560 191 L706 191", stroke_width=3)
    lines(drawing, 552, 220, ("two minutes on a table,", "with the station stopped"))

    drawing.path("M740 202 C760 198 780 190 800 172 L816 188 C800 210 774 220 744 224 Z", fill=SKIN)
    drawing.path("M770 184 L778 220", stroke=STEEL, stroke_width=8)
    clip(drawing, 774, 200, size=26)
    page(drawing, 752, 62, "8")
    lines(drawing, 730, 240, ("reps on the page", "and on MQTT"))
    drawing.save(DOCS / "steps.svg")


def part(
    drawing: Drawing,
    x: float,
    y: float,
    name: str,
    what: tuple[str, ...],
    *,
    fill: str = FILL,
    width: float = 150,
) -> None:
    """Draw a program or a folder."""
    drawing.box(x, y, width, 30 + 16 * len(what), fill=fill)
    drawing.text(x + 10, y + 21, name, size=12, bold=True)
    lines(drawing, x + 10, y + 40, what)


def draw_parts() -> None:
    """Draw what runs on the Pi, and where everything is."""
    drawing = Drawing(900, 360, "What runs on the Pi: the station, the broker, the page, and their folders")
    drawing.box(150, 40, 560, 210, fill=PAPER, stroke=MUTED, radius=12)
    drawing.text(162, 32, "Raspberry Pi", bold=True)
    part(drawing, 22, 84, "limb", ("on I2C",), fill=BOARD, width=84)
    part(drawing, 22, 150, "torso", ("optional",), fill=BOARD, width=84)
    part(drawing, 176, 84, "repclip.service", ("user repclip,", "group i2c,", "watched by systemd"))
    part(drawing, 378, 84, "mosquitto", ("the broker, for this", "computer only"), width=140)
    part(drawing, 560, 84, "repclip-dashboard", ("a user of its own,", "no device"), width=136)
    arrow(drawing, 106, 107, 176, 107)
    drawing.path("M106 173 L140 173 L140 134 L166 134", stroke=MUTED, stroke_width=2)
    arrow(drawing, 166, 134, 176, 134)
    arrow(drawing, 326, 115, 378, 115, "events")
    arrow(drawing, 518, 115, 560, 115)
    part(drawing, 762, 84, "browser", ("port 8080",), width=112)
    arrow(drawing, 696, 110, 762, 110)
    part(drawing, 176, 190, "outbox", ("waits for the broker",), width=150, fill=STEEL)
    arrow(drawing, 251, 162, 251, 190)
    for x, name, what in (
        (150, "/etc/repclip", ("config.toml, drop-ins,", "calibrations: yours")),
        (340, "/var/lib/repclip", ("the outbox, recordings:", "kept by an upgrade")),
        (530, "/opt/repclip", ("the program: made anew", "by an upgrade")),
        (720, "/etc/credstore", ("the broker's password,", "if it wants one")),
    ):
        part(drawing, x, 270, name, what, width=164)
    drawing.text(22, 296, "Folders", bold=True)
    drawing.save(DOCS / "parts.svg")


def draw_stations() -> None:
    """Draw several stations: on one Pi, and on a Pi each with one broker."""
    drawing = Drawing(900, 330, "Several stations: on one Pi, or on a Pi each with one broker")
    drawing.path("M440 22 L440 308", stroke=EDGE)
    drawing.text(24, 42, "On one Pi", bold=True, size=15)
    drawing.box(190, 66, 226, 224, fill=PAPER, stroke=MUTED, radius=12)
    for number, (bay, bus, y) in enumerate((("bay1", "bus 1", 84), ("bay2", "bus 3", 160))):
        drawing.box(28, y + 8, 76, 36, fill=BOARD)
        drawing.text(66, y + 31, f"sensor {number + 1}", size=11, anchor="middle")
        drawing.wire(WIRES["SDA"], (104, y + 26), (206, y + 26))
        drawing.text(150, y + 18, bus, size=11, anchor="middle", fill=MUTED)
        part(drawing, 206, y, f"repclip@{bay}", (f"{bay}.toml",), width=118)
        arrow(drawing, 324, y + 26, 344, y + 26)
    drawing.box(344, 84, 58, 122, fill=FILL)
    drawing.text(373, 150, "broker", size=11, anchor="middle")
    part(drawing, 206, 236, "page", (), width=196)
    arrow(drawing, 373, 206, 373, 236)
    lines(drawing, 28, 236, ("one service for each,", "with a file, a name and", "a bus of its own"))

    drawing.text(464, 42, "A Pi each, one broker", bold=True, size=15)
    for number in range(3):
        y = 66 + 76 * number
        pi(drawing, 470, y, 96, 58)
        drawing.text(518, y + 74, f"bay{number + 1}", size=11, anchor="middle", fill=MUTED)
        drawing.path(f"M570 {y + 30} L630 {y + 30} L630 160", stroke=MUTED, stroke_width=2)
    arrow(drawing, 630, 160, 660, 160)
    part(drawing, 660, 122, "broker", ("names, passwords,", "encryption:", "docs/mosquitto"), width=124)
    arrow(drawing, 784, 160, 812, 160)
    drawing.box(812, 122, 66, 78, fill=SCREEN)
    drawing.text(845, 170, "8 12", size=20, anchor="middle", fill=GLOW, bold=True)
    lines(
        drawing,
        660,
        236,
        ("sudo make install BROKER=none", "on each Pi, and the broker's", "host in its config.toml"),
    )
    drawing.save(DOCS / "stations.svg")


def main() -> None:
    """Write all drawings."""
    draw_steps()
    draw_parts()
    draw_stations()


if __name__ == "__main__":
    main()
