# The C types of pace.py in its compiled form.
cimport cython

from relay.playout cimport Playout

cdef class Pace:
    cdef public long long due_ms, rules_due_ms
    cdef readonly long long added_ms
    cdef Playout _playout
    cdef long long _until_ms

    cpdef only_audio(self, Playout playout, long long until_ms)
    cpdef at_once(self, long long now_ms)
    @cython.locals(playout=Playout)
    cpdef list tick(self, long long now_ms)
    @cython.locals(playout=Playout)
    cpdef bint adds(self, str item_id, bytes audio, long long now_ms) except -1
    @cython.locals(playout=Playout)
    cpdef bint passes(self, str mark, long long now_ms) except -1
