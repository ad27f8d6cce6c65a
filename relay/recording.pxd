# The C types of recording.py in its compiled form. What is not named here is Python in both forms.
# `except *`, since Cython 3.3.1 makes no C of `except? -1` for a long long that is declared here.
cimport cython

from relay.recording_playback cimport Playback
from relay.recording_track cimport Track


@cython.final
cdef class Recording:
    cdef readonly object chunks, settled
    cdef readonly int pauses
    cdef object _audio
    cdef long long _bytes_per_ms, _frame, _chunk
    cdef Playback _playback
    cdef Track _caller
    cdef object _agent, _parts
    cdef long long _parted, _part_due, _base, _number, _due, _cursor
    cdef bint _has_begun, _is_timed
    cdef long long _began_ms, _heard_ms, _zero
    cdef object _gaps
    cdef list _muted

    cpdef hear(self, bytes audio, long long now_ms, object timestamp_ms=*)
    cpdef sent(self, bytes audio, long long now_ms)
    cpdef marked(self, str name)
    cpdef cleared(self, long long now_ms)
    cpdef played(self, str mark, long long now_ms)

    cdef _begin(self, long long now_ms)
    @cython.locals(missing_ms=cython.longlong)
    cdef _pause_is_a_gap(self, long long now_ms, long long size)
    @cython.locals(there=cython.longlong, latest_ms=cython.longlong)
    cdef _go_to(self, long long stamp, long long now_ms)
    cdef long long _earliest(self) except *
    @cython.locals(late_ms=cython.longlong)
    cdef long long _here(self, long long now_ms) except *
