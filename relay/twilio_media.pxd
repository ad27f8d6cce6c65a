# The C types of twilio_media.py in its compiled form.
cimport cython

cdef unsigned char _QUOTE, _ESCAPE, _OPEN, _CLOSE, _COLON, _COMMA, _ZERO, _NINE, _SPACE, _ASCII_END
cdef Py_ssize_t _MOST_DIGITS
cdef int _OTHER, _MESSAGE, _MEDIA, _MARK

cdef class MediaReader:
    cdef Py_ssize_t _at, _payload_at, _payload_end, _name_at, _name_end
    cdef int _event
    cdef long long _timestamp, _sequence

    cpdef object read(self, bytes message)
    cdef tuple _frame(self, bytes message)
    @cython.locals(start=Py_ssize_t)
    cdef bint _object(self, bytes message, int kind) except -1
    @cython.locals(start=Py_ssize_t, is_mark=bint)
    cdef bint _field(self, bytes message, Py_ssize_t name, int kind) except -1
    @cython.locals(start=Py_ssize_t, end=Py_ssize_t)
    cdef bint _media_field(self, bytes message, Py_ssize_t name) except -1
    @cython.locals(start=Py_ssize_t)
    cdef bint _mark_field(self, bytes message, Py_ssize_t name) except -1
    @cython.locals(end=Py_ssize_t, number=cython.longlong, index=Py_ssize_t, digit=cython.uchar)
    cdef long long _number(self, bytes message, Py_ssize_t at) except? -3
    @cython.locals(index=Py_ssize_t, character=cython.uchar)
    cdef bint _text(self, bytes message) except -1
    cdef bint _comes(self, bytes message, unsigned char character) except -1
    @cython.locals(index=Py_ssize_t)
    cdef bint _is(self, bytes message, Py_ssize_t at, bytes word) except -1
