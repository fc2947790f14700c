"""The one way to say no: a status and a code, never a value."""


class RefusedError(Exception):
    """A call that the clinic system refuses; ``status`` is the HTTP status, ``code`` the reason for machines."""

    def __init__(self, status: int, code: str, detail: str | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
