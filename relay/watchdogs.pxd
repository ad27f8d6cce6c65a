# The C types of watchdogs.py in its compiled form: of what gets ten samples a second. The rest is Python in both forms.
cimport cython


@cython.final
cdef class Sound:
    cdef long long _hold_ms, _sound_ms


@cython.final
cdef class Hearing:
    cdef public bint is_deaf
    cdef bint _is_believed, _is_hearing
    cdef long long _spoken_ms, _sound_ms, _quiet_ms, _stuck_ms, _utterances
