"""What can go wrong with a server of our own."""


class LocalServerError(Exception):
    """The embedded server cannot be used; the message says why and what to do.

    Nothing was lost: the data directory is left as it was found.
    """
