"""Which of two policies is kept."""

from pipeline.learning.preference import failures, preference


def test_a_loss_weighs_as_much_as_four_late_ones_of_four() -> None:
    assert failures(los_rate=0.01, arrived_share=1.0) == failures(los_rate=0.0, arrived_share=0.99)


def test_fewer_failures_go_before_a_higher_return() -> None:
    safer, later = preference(0.01, 0.98, 5.0), preference(0.0, 0.96, 9.0)
    assert safer > later
    assert preference(0.01, 0.98, 6.0) > safer
