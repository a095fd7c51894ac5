#!/usr/bin/env python3
"""docs/python-reference.md out of the docstrings of the package: python_reference.py > FILE.

The package is found on the PYTHONPATH; tests/python/test_docs.py compares the file with this.
"""

import inspect
import re

import kaskad


def signature(thing):
    """Annotations are texts in the sources, and stand here without their quotes."""
    return re.sub(r"(: |-> )'([^']*)'", r"\1\2", str(inspect.signature(thing)))


def entry(level, name, thing, shown=None):
    doc = inspect.getdoc(thing) or ""
    yield f"{'#' * level} `{name}{signature(thing) if shown is None else shown}`"
    yield ""
    if doc:
        yield "```text"
        yield doc
        yield "```"
        yield ""


def class_entries(name, thing):
    yield from entry(3, name, thing)
    inherited = {} if thing is kaskad.Model else vars(kaskad.Model)
    for member_name, member in sorted(vars(thing).items()):
        if (
            member_name.startswith("_")
            or member_name in inherited
            and issubclass(thing, kaskad.Model)
            and thing is not kaskad.Model
        ):
            continue
        if isinstance(member, property):
            yield from entry(4, f"{name}.{member_name}", member.fget, shown="")
        elif isinstance(member, (classmethod, staticmethod)):
            yield from entry(4, f"{name}.{member_name}", member.__func__)
        elif inspect.isfunction(member):
            yield from entry(4, f"{name}.{member_name}", member)


def page():
    yield "# Reference of the Python package"
    yield ""
    yield "Made of the docstrings by `scripts/python_reference.py`; [python.md](python.md) is the way in."
    yield ""
    public = {name: getattr(kaskad, name) for name in kaskad.__all__}
    modules = {name: thing for name, thing in public.items() if inspect.ismodule(thing)}
    yield "## Functions"
    yield ""
    for name, thing in sorted(public.items()):
        if inspect.isfunction(thing):
            yield from entry(3, f"kaskad.{name}", thing)
    for name, module in sorted(modules.items()):
        for member in sorted(module.__all__):
            if inspect.isfunction(getattr(module, member)) and member not in public:
                yield from entry(3, f"kaskad.{name}.{member}", getattr(module, member))
    yield "## Classes"
    yield ""
    for name, thing in sorted(public.items()):
        if inspect.isclass(thing) and not issubclass(thing, Exception):
            yield from class_entries(f"kaskad.{name}", thing)


if __name__ == "__main__":
    print("\n".join(page()).rstrip())
