"""What a caller may still do at a door, as the `RateLimit` headers say it (draft-ietf-httpapi-ratelimit-headers)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """How often one address may knock at a door (`most` in `window` seconds), what is left, and for how long."""

    name: str
    most: int
    window: int
    left: int
    seconds: int

    @property
    def policy(self) -> str:
        """The member of `RateLimit-Policy`."""
        return f'"{self.name}";q={self.most};w={self.window}'

    @property
    def state(self) -> str:
        """The member of `RateLimit`."""
        return f'"{self.name}";r={self.left};t={self.seconds}'
