"""Facts about drawing on a sheet, told by the colours of pixels."""

from __future__ import annotations

import numpy as np

from pipeline.pictures.viewer.sheet import Sheet, colour_of, mixed, width_of

WHITE, RED, BLUE = (255, 255, 255), (255, 0, 0), (0, 0, 255)


def sheet() -> Sheet:
    return Sheet(60, 40, WHITE)


def test_a_finished_sheet_has_the_size_that_was_asked_for() -> None:
    picture = sheet().finish()
    assert picture.shape == (40, 60, 3)
    assert picture.dtype == np.uint8
    assert (picture == 255).all()


def test_a_line_is_where_its_ends_say() -> None:
    drawn = sheet()
    drawn.line([(10, 20), (50, 20)], RED, 2)
    inked = (drawn.finish() != 255).any(2)
    rows, columns = np.nonzero(inked)
    assert (rows.min(), rows.max()) in {(19, 20), (19, 21)}
    assert columns.min() in (9, 10)
    assert columns.max() in (49, 50)


def test_a_ring_is_hollow_and_as_large_as_its_radius() -> None:
    drawn = sheet()
    drawn.circle((30, 20), 10, RED, 2)
    inked = (drawn.finish() != 255).any(2)
    assert not inked[20, 25:35].any()
    assert inked[20, [20, 39]].any()
    assert np.nonzero(inked)[1].max() - np.nonzero(inked)[1].min() in (19, 20, 21)


def test_a_dashed_ring_and_a_dashed_line_have_gaps() -> None:
    for dash, least, most in ((None, 0.9, 1.0), ((3.0, 3.0), 0.3, 0.8)):
        drawn = sheet()
        drawn.circle((30, 20), 15, RED, 1, dash)
        angle = np.linspace(0, 2 * np.pi, 200)
        ring = drawn.finish()[
            np.round(20 + 14.6 * np.sin(angle)).astype(int), np.round(29.6 + 14.6 * np.cos(angle)).astype(int)
        ]
        assert least <= (ring != 255).any(1).mean() <= most
    drawn = sheet()
    drawn.dashed((0, 20), (60, 20), RED, 1, (5, 5))
    row = (drawn.finish()[19:21] != 255).any((0, 2))
    assert 0.4 <= row.mean() <= 0.75


def test_a_shape_is_filled_and_has_an_edge_outside() -> None:
    drawn = sheet()
    drawn.shape(np.array([[20.0, 10.0], [40.0, 10.0], [40.0, 30.0], [20.0, 30.0]]), RED, BLUE, 2)
    picture = drawn.finish()
    assert tuple(picture[20, 30]) == RED
    assert tuple(picture[20, 18]) == BLUE
    assert tuple(picture[20, 14]) == WHITE


def test_a_picture_is_pasted_as_large_as_fits_and_its_pixels_stay_pixels() -> None:
    drawn, half = sheet(), np.zeros((4, 4, 3), np.uint8)
    half[:, 2:] = BLUE
    drawn.paste(half, 10, 0, 60, 40)
    picture = drawn.finish()
    assert (picture[:, 16:34] == 0).all()
    assert (picture[:, 36:54] == BLUE).all()
    assert (picture[:, :14] == 255).all()


def test_words_lie_on_top_in_a_halo_of_the_ground() -> None:
    drawn = sheet()
    drawn.words("III", (10, 20), BLUE, 20)
    drawn.area(0, 0, 60, 40, RED)
    picture = drawn.finish()
    assert (picture == BLUE).all(2).any()
    assert (picture == WHITE).all(2).any()
    assert tuple(picture[2, 50]) == RED


def test_longer_and_larger_words_are_wider() -> None:
    assert width_of("AC1") < width_of("aircraft_1") < width_of("aircraft_1", 20)


def test_colours_mix_with_the_ground() -> None:
    assert colour_of("#2f7fc1") == (47, 127, 193)
    assert mixed(RED, WHITE, 0.0) == WHITE
    assert mixed(RED, WHITE, 1.0) == RED
    assert mixed(BLUE, WHITE, 0.2) == (204, 204, 255)
