"""An adapter has the methods of a port, with the port's parameters."""

import inspect


def methods(kind: type) -> dict[str, list[str]]:
    """Public methods and their parameters' names."""
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def assert_keeps(kept: object, *ports: type) -> None:
    """``kept`` has every method of the ports, by the same names of parameters in the same order."""
    has = methods(type(kept))
    for port in ports:
        promised = methods(port)
        assert promised, f"{port.__name__} promises nothing"
        for name, parameters in promised.items():
            assert has.get(name) == parameters, f"{port.__name__}.{name}"
