"""Classes that say what they hold: what `dataclasses` makes of one, without the time it takes.

The loader's modules have some thirty. dataclasses imports inspect, which takes 8 ms, and has each
class written, compiled and examined, 20 ms together, of the 160 ms that hello needs under
wasmtime when all is compiled (bench/start.py). Here nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")


class Fresh:
    """A default that is made anew for each instance. make: called without arguments."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def value(cls: type[T]) -> type[T]:
    """A class whose instances never change, and are equal if what they hold is.

    Its annotations are its fields, in the order of __init__'s parameters; the value that a field
    is given in the class is its default. Raises AttributeError where an instance is changed.
    """
    return _value(cls, tuple(cls.__annotations__))


def value_by(*names: str) -> Callable[[type[T]], type[T]]:
    """The same, but only the fields `names` count when instances are compared."""
    return lambda cls: _value(cls, names)


def holder(cls: type[T]) -> type[T]:
    """A class with the same __init__ whose instances may change, and are equal to none other."""
    cls.__init__ = _init(cls)  # type: ignore[misc]
    return cls


def _value(cls: type[T], compared: tuple[str, ...]) -> type[T]:
    names = tuple(cls.__annotations__)
    key = attrgetter(*compared)

    def equal(self: T, other: object) -> bool:
        return key(self) == key(other) if other.__class__ is cls else NotImplemented

    def hashed(self: T) -> int:
        return hash(key(self))

    def shown(self: T) -> str:
        held = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{cls.__qualname__}({held})"

    def changed(self: T, name: str, _: object = None) -> NoReturn:
        raise AttributeError(f"{cls.__qualname__} does not change: {name}")

    cls.__init__, cls.__eq__, cls.__hash__ = _init(cls), equal, hashed  # type: ignore
    cls.__repr__ = cls.__dict__.get("__repr__", shown)
    cls.__setattr__ = cls.__delattr__ = changed  # type: ignore[assignment]
    return cls


def _init(cls: type) -> Callable[..., None]:
    """`__init__`; it writes into __dict__, as __setattr__ is not to be had."""
    names = tuple(cls.__annotations__)
    count = len(names)
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    fresh = {name: defaults.pop(name) for name in names if isinstance(defaults.get(name), Fresh)}

    def init(self: object, *given: Any, **named: Any) -> None:
        held = self.__dict__
        if len(given) == count and not named:
            held.update(zip(names, given, strict=True))
            return
        if len(given) < count:
            held.update(defaults)
            held.update((name, default.make()) for name, default in fresh.items())
        held.update(zip(names, given, strict=False))
        held.update(named)
        twice = named and not named.keys().isdisjoint(names[: len(given)])
        if twice or len(held) != count or len(given) > count:
            raise TypeError(f"{cls.__qualname__} holds {', '.join(names)}")

    return init
