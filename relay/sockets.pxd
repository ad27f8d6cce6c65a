# The C types of sockets.py in its compiled form.
cimport picows.picows as picows

cdef picows.WSMsgType _TEXT
cdef picows.WSMsgType _BINARY

cdef class ShortWay:
    cpdef bint takes(self, bytes message) except -1

cdef class Socket:
    cdef picows.WSTransport _transport
    cdef public ShortWay short_way
    cdef list _held
    cdef object _closing
    cpdef send(self, bytes message)
    cpdef send_binary(self, bytes message)
    cpdef hold(self)
    cpdef release(self)

cdef bytes _frame(int opcode, bytes message)

cdef class Adapter(picows.WSListener):
    cdef object _listener
    cdef Py_ssize_t _max_message_bytes
    cdef Socket _socket
    cdef bytearray _fragments
    cdef bint _is_binary
    cpdef on_ws_connected(self, picows.WSTransport transport)
    cpdef on_ws_frame(self, picows.WSTransport transport, picows.WSFrame frame)
    cpdef on_ws_disconnected(self, picows.WSTransport transport)
    cpdef pause_writing(self)
    cpdef resume_writing(self)
