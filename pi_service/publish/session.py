"""Which session a stream is."""

from __future__ import annotations

import hashlib

from pi_service.publish.payloads import stream_time_text
from pi_service.publish.topics import check_session
from pi_service.sources.base import StreamInfo


def session_id(info: StreamInfo) -> str:
    """Return the id of a stream's session: its own, or its start to the second and a few letters of a digest.

    The digest tells two stations apart, and two streams that began within the same second. A recording
    has its own id: two recordings may claim the same start.

    Raises
    ------
    UsageError
        If the stream's own id cannot be one.
    """
    if info.session is not None:
        return check_session(info.session)
    start = stream_time_text(info.started_at, 0.0)
    digest = hashlib.sha256(f"{info.station} {info.started_at.isoformat()}".encode()).hexdigest()
    return f"{start[:19].replace('-', '').replace(':', '').lower()}-{digest[:6]}"
