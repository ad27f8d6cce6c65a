# The C types of twilio_media.py in its compiled form.
cimport cython

from relay.scan cimport Scanner

cdef int _OTHER, _MESSAGE, _MEDIA, _MARK

cdef class MediaReader(Scanner):
    cdef Py_ssize_t _payload_at, _payload_end, _name_at, _name_end
    cdef int _event
    cdef long long _timestamp, _sequence

    cpdef object read(self, bytes message)
    cdef tuple _frame(self, bytes message)
    @cython.locals(start=Py_ssize_t, is_mark=bint)
    cdef bint _field(self, bytes message, Py_ssize_t name, int kind) except -1
    @cython.locals(start=Py_ssize_t)
    cdef bint _media_field(self, bytes message, Py_ssize_t name) except -1
    @cython.locals(start=Py_ssize_t)
    cdef bint _mark_field(self, bytes message, Py_ssize_t name) except -1
