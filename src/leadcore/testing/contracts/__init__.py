"""Conformance suites: subclass one, supply its fixtures, and the port's promises are your tests."""
