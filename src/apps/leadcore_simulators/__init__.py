"""Provider simulators: the vendors' own wire, written from their documents alone.

Imports neither the core nor any adapter, so that a shared misunderstanding cannot pass a test.
"""
