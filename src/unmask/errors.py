"""Every error `unmask` raises on purpose: one line that names the argument or file, the value and the fix."""

from __future__ import annotations


class UnmaskError(Exception):
    """Root of all errors raised by `unmask`."""


class ArgumentError(UnmaskError, ValueError):
    """An argument has a wrong value; the message names the argument, the value and the fix."""


class MissingExtraError(UnmaskError, ImportError):
    """An optional package is needed; the message names the extra that installs it."""


class DenoiserError(UnmaskError, ValueError):
    """A denoiser broke its contract (NaN logits, wrong shape, no mask token, ...)."""


class LoadError(DenoiserError):
    """Nothing there that can be a denoiser: no model, no tokenizer, no mask token."""


class DataError(UnmaskError, ValueError):
    """Data cannot be turned into rows of tokens."""


class FileError(UnmaskError, ValueError):
    """A file cannot be read as what it claims to be. One subclass per fault."""


class FileMissingError(FileError):
    """There is no such file."""


class UnwritableError(FileError):
    """A file cannot be written there."""


class FileTooLargeError(FileError):
    """The file is larger than the cap for its kind."""


class NotJSONError(FileError):
    """The file is not complete, valid UTF-8 JSON (truncated files land here)."""


class DuplicateKeyError(FileError):
    """A JSON object names the same key twice."""


class NonFiniteNumberError(FileError):
    """The file holds NaN, Infinity or a number that overflows a double."""


class WrongFormatError(FileError):
    """The file is JSON but of another `format` than asked for."""


class UnknownVersionError(FileError):
    """The file was written by a newer `unmask`."""


class MalformedFieldError(FileError):
    """A field is missing, of a wrong type, or of a wrong shape."""
