"""The one HTTP plumbing of our vendor adapters: it knows whether a request ever left this machine."""

from leadcore_httpkit.addresses import checked_base_url, is_loopback, join
from leadcore_httpkit.answers import Answer, retry_after_s
from leadcore_httpkit.client import VendorHttp
from leadcore_httpkit.departure import AnswerLostError, AnswerTooLargeError, NeverLeftError, NoAnswerError
from leadcore_httpkit.patience import Patience

__all__ = [
    "Answer",
    "AnswerLostError",
    "AnswerTooLargeError",
    "NeverLeftError",
    "NoAnswerError",
    "Patience",
    "VendorHttp",
    "checked_base_url",
    "is_loopback",
    "join",
    "retry_after_s",
]
