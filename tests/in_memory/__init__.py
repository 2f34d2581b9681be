"""A container engine that lives in this process: images are trees of files, programs are Python callables.

It passes the engine's contract suite, so that whole stories run in milliseconds. What a kernel does (owners and
rights, namespaces, ptrace) it does not do: real engines stay the judges in tests/engine.
"""
