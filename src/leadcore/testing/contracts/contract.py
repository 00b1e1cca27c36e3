"""The root of conformance suites."""


class Contract:
    """A set of promises: methods whose names begin with `test_`. Who subclasses it supplies the fixtures it names.

    A promise cannot be overridden: an adapter keeps it, or does not conform.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        promised = {name for base in cls.__mro__[1:] for name in vars(base) if name.startswith("test_")}
        rewritten = sorted(promised & vars(cls).keys())
        if rewritten:
            raise TypeError(f"{cls.__name__} rewrites promises: {', '.join(rewritten)}")
