"""Named positions that every policy is tested on; never drawn, never changed. What comes after is the seed's."""

from __future__ import annotations

from envs.triangles.simulation.scenario import Scenario

# fmt: off
_TABLE: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "one_gap": (
        (".........", "...........", ".............", "#######..######",
         "...............", ".............", "...........", "........."),
        ("AVA", "VA", "AV/VA"), "one shape fills the gap of a line, if no other is laid across it"),
    "three_at_once": (
        (".##...##.", "...##.##...", ".....###.....", "#######.#######",
         ".....##.##.....", "...##...##...", ".##.....##.", "#.......#"),
        ("VAV", "V", "A"), "one cell is lacking to three lines"),
    "crowded": (
        ("....#####", "#.########.", ".#.###...#..#", "#.#.##....##.##",
         "#.###..#######.", ".#######..#..", "..#######..", "#######.."),
        ("AVA", "V", "AVAV"), "played greedily so far"),
    "few_ways": (
        ("#.....##.", "########...", ".#####.##...#", "..###.########.",
         "..#.#####.#.#..", "..######.###.", ".#######...", "#####.##."),
        ("VA/.V", "AVA/..V", "AVA/V"), "played greedily so far; six moves can be made"),
    "kept_open": (
        (".....####", ".#########.", ".............", "######.....####",
         "#.###........##", "..#.....####.", ".....####..", "#####.###"),
        (".A/AV/V", ".A/AVA", "AV/VA"), "played by beam search so far"),
}
# fmt: on

SUITE: dict[str, Scenario] = {name: Scenario(name, *row) for name, row in _TABLE.items()}
"""By name, in the order of the table."""
