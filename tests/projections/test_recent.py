from projections.folding.recent import Recent


def test_the_last_ones_are_remembered_and_the_oldest_forgotten() -> None:
    recent: Recent[int, str] = Recent(10)
    for number in range(100):
        recent[number] = str(number)

    assert all(number in recent for number in range(90, 100))
    assert 78 not in recent


def test_what_is_used_again_stays() -> None:
    recent: Recent[int, str] = Recent(10)
    recent[-1] = "the layout"
    for number in range(100):
        recent[number] = str(number)
        assert recent[-1] == "the layout"


def test_a_newer_value_wins() -> None:
    recent: Recent[int, str] = Recent(1)
    recent[1] = "old"
    recent[2] = "other"
    recent[1] = "new"

    assert recent[1] == "new"
