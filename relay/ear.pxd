# The C types of ear.py in its compiled form.
from relay.sockets cimport Socket

cdef class Ear:
    cdef Socket _socket
    cdef bytes _before, _after
    cdef object _convert
    cpdef hear(self, bytes payload)
