# The C types of scan.py in its compiled form.
cimport cython

cdef unsigned char _QUOTE, _ESCAPE, _OPEN, _CLOSE, _COLON, _COMMA, _ZERO, _NINE, _SPACE, _ASCII_END
cdef Py_ssize_t _MOST_DIGITS

cdef class Scanner:
    cdef Py_ssize_t _at

    @cython.locals(name=Py_ssize_t)
    cdef bint _object(self, bytes message, int kind) except -1
    cdef bint _field(self, bytes message, Py_ssize_t name, int kind) except -1
    @cython.locals(end=Py_ssize_t, number=cython.longlong, index=Py_ssize_t, digit=cython.uchar)
    cdef long long _number(self, bytes message, Py_ssize_t at) except *
    @cython.locals(index=Py_ssize_t, character=cython.uchar)
    cdef bint _text(self, bytes message) except -1
    @cython.locals(end=Py_ssize_t)
    cdef bint _long_text(self, bytes message) except -1
    @cython.locals(start=Py_ssize_t)
    cdef bint _digits(self, bytes message) except -1
    cdef bint _comes(self, bytes message, unsigned char character) except -1
    @cython.locals(index=Py_ssize_t)
    cdef bint _is(self, bytes message, Py_ssize_t at, bytes word) except -1
