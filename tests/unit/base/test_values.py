"""Classes that say what they hold: their __init__, what equals what, and what does not change."""

import pickle

import pytest

from muslfall.base.values import Fresh, holder, value, value_by


@value
class Point:
    x: int
    y: int = 2
    tags: list = Fresh(list)


@value
class Other:
    x: int
    y: int = 2
    tags: tuple = ()


@value_by("x")
class Named:
    x: int
    name: str


@holder
class Box:
    content: int = 0
    more: dict = Fresh(dict)


def test_arguments_by_place_and_by_name():
    point = Point(1, tags=[3])
    assert (point.x, point.y, point.tags) == (1, 2, [3])
    assert Point(y=5, x=4).y == 5


def test_a_fresh_default_is_each_instances_own():
    assert Point(1).tags == []
    assert Point(1).tags is not Point(1).tags
    assert Box().more is not Box().more


@pytest.mark.parametrize("given", [(), (1, 2, [], 4)])
def test_too_few_or_too_many(given):
    with pytest.raises(TypeError, match=r"Point holds x, y, tags"):
        Point(*given)


@pytest.mark.parametrize("named", [{"x": 2}, {"z": 1}])
def test_twice_or_unknown(named):
    with pytest.raises(TypeError, match="holds"):
        Point(1, 2, [], **named)
    with pytest.raises(TypeError, match="holds"):
        Point(1, **named)


def test_equal_if_of_one_class_and_of_equal_content():
    assert Other(1) == Other(1, 2, ()) != Other(2)
    assert Other(1) != Point(1, 2, ())
    assert len({Other(1), Other(1), Other(2)}) == 2


def test_what_does_not_count():
    assert Named(1, "a") == Named(1, "b")
    assert hash(Named(1, "a")) == hash(Named(1, "b"))


def test_a_value_does_not_change():
    with pytest.raises(AttributeError, match="Point does not change: x"):
        Point(1).x = 2
    with pytest.raises(AttributeError, match="does not change"):
        del Point(1).x


def test_a_holder_changes_and_equals_itself_alone():
    box = Box()
    box.content = 1
    assert box.content == 1
    assert box != Box(1)


def test_text_and_pickle():
    assert repr(Other(1)) == "Other(x=1, y=2, tags=())"
    assert pickle.loads(pickle.dumps(Other(7))) == Other(7)
