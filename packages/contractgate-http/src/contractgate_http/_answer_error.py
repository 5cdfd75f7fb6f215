"""The error for answers of language models."""

from __future__ import annotations

from typing import Any

from contractgate_core.errors import ContractGateError

__all__ = ["LLMResponseError"]


class LLMResponseError(ContractGateError):
    """The answer of a language model holds no JSON object, or more than one.

    The message says what came instead, and quotes nothing that the model wrote.

    Attributes:
        message: What was expected and what came.
        reason: What came, in one word: `no_json`, `several_objects`, `several_calls`, `other_call`,
            `empty`, `refusal`, `cut_off`, `failed`, `several_choices`, `error`, `stream`,
            `awaitable`, or `unknown`.
        response: The answer as it came, so that it is not lost. It is not pickled.
    """

    def __init__(self, message: str, *, reason: str = "unknown") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.response: Any = None

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, {**self.__dict__, "response": None}
