"""Errors that a person can act on; each knows the exit code of the command that meets it."""


class CustlibError(ValueError):
    """Base of every error the workbook raises on purpose.

    The first line says what is wrong (table, column, rule); the lines after it show an
    example and say what to do. Commands print the message without a traceback.
    """

    exit_code = 1


class UsageError(CustlibError):
    """A command, parameter or company file that cannot be understood."""

    exit_code = 64


class DataError(CustlibError):
    """Data that cannot be read or are not fit to report from."""

    exit_code = 2


class RunFailed(CustlibError):
    """A notebook or a rendering step failed; what was published before is untouched."""

    exit_code = 3


class NotComplete(CustlibError):
    """The month asked for has not ended, or its data have not all arrived."""

    exit_code = 4
