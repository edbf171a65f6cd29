"""The steps of which histories are made. A step is its name and its arguments, plain data that means something in every
state, so that a history with steps left out is a history, too. Another step is another function here:

    @step(weight, argument=strategy, ...)
    def name(life, argument, ...): ...
"""

from hypothesis import strategies as st

ALL = {}  # name -> Step


class Step:
    def __init__(self, function, weight, arguments):
        self.function, self.weight, self.arguments = function, weight, arguments

    def strategy(self):
        return st.tuples(st.just(self.function.__name__), st.fixed_dictionaries(self.arguments))


def step(weight, **arguments):
    def register(function):
        ALL[function.__name__] = Step(function, weight, arguments)
        return function
    return register


which = st.integers(0, 7)  # the one of several things, counted round


def pick(things, number):
    return things[number % len(things)] if things else None


def strategy(names):
    """Lists of these steps."""
    one = st.one_of([ALL[name].strategy() for name in names for _ in range(ALL[name].weight)])
    # A list of lists: Hypothesis' lists are short on average, and this way of making long ones shrinks well.
    return st.lists(st.lists(one, max_size=12), max_size=8).map(lambda parts: [step for part in parts for step in part])


def take(life, name, arguments):
    ALL[name].function(life, **arguments)


def text(name, arguments):
    return "%s(%s)" % (name, ", ".join("%s=%r" % item for item in sorted(arguments.items())))
