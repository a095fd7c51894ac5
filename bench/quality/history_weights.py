"""Weights of a history's events by position from the newest, for methods that take them."""

WEIGHTS = {
    "uniform": None,
    ".8^k": lambda k: 0.8 ** k,
    "1/(1+k)": lambda k: 1 / (1 + k),
}
