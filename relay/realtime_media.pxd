# The C types of realtime_media.py in its compiled form.
cimport cython

from relay.scan cimport Scanner

cdef class DeltaReader(Scanner):
    cdef bint _is_delta, _has_place, _has_response
    cdef Py_ssize_t _item_at, _item_end, _delta_at, _delta_end

    cpdef tuple read(self, bytes message)
    @cython.locals(start=Py_ssize_t)
    cdef bint _field(self, bytes message, Py_ssize_t name, int kind) except -1
