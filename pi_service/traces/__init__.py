"""Recordings of sensor samples: our own format, and plain SI traces of other people (docs/traces.md)."""

from pi_service.traces.errors import TraceError, TraceFileError, TraceFormatError
from pi_service.traces.header import SensorHeader, TraceHeader
from pi_service.traces.labelling import append_labels
from pi_service.traces.labels import Label, LabelKind
from pi_service.traces.opening import Trace, TraceInfo, open_trace
from pi_service.traces.reader import TraceReader, TraceWarning
from pi_service.traces.rewriting import write_under_header
from pi_service.traces.writer import TraceWriter, check_new_trace

__all__ = [
    "Label",
    "LabelKind",
    "SensorHeader",
    "Trace",
    "TraceError",
    "TraceFileError",
    "TraceFormatError",
    "TraceHeader",
    "TraceInfo",
    "TraceReader",
    "TraceWarning",
    "TraceWriter",
    "append_labels",
    "check_new_trace",
    "open_trace",
    "write_under_header",
]
