"""What can go wrong with data, each with a message that says what to do."""


class DataError(Exception):
    """Data that is not there, or cannot be had."""


class NetworkError(DataError):
    """The server was not reached, or its answer broke off; what has come is kept."""


class ChecksumError(DataError):
    """What came is not the file that the course knows; it was removed."""


class DiskFullError(DataError):
    """There is not enough room in the cache folder; what has come is kept."""


class CacheError(DataError):
    """The cache folder cannot be written to."""
