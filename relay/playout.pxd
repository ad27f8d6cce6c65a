# The C form of playout.py: asked with every tick, message and mark of a call in which the agent speaks.
cimport cython

from relay.caller cimport SendMark, SendMedia
from relay.envelopes cimport AgentEnvelope


cdef long long RUNNING_DRY_MS
cdef long long MARK_OVERDUE_MS


@cython.final
cdef class _Item:
    cdef public str item_id
    cdef public object content_index  # an engine may write any number there
    cdef public bytearray unsent
    cdef public long long received_bytes
    cdef public long long sent_bytes
    cdef public long long heard_bytes
    cdef public bint complete


@cython.final
cdef class _Pending:
    cdef public str mark
    cdef public _Item item
    cdef public long long size
    cdef public long long sent_ms


@cython.final
cdef class Playout:
    cdef long long _lead_ms
    cdef long long _bytes_per_ms
    cdef long long _frame_bytes
    cdef long long _message_bytes
    cdef bytes _silence
    cdef long long _generation
    cdef list _items
    cdef list _pending
    cdef long long _marked_ms
    cdef long long _came_back_ms
    cdef long long _ends_ms
    cdef bint _is_held
    cdef str _given_up
    cdef readonly long long unsent_bytes
    cdef public long long sent_bytes
    cdef readonly AgentEnvelope envelope

    cpdef bint has_nothing_left(self) except -1
    cpdef bint is_overdue(self, long long now_ms) except -1
    @cython.locals(item=_Item)
    cpdef bint goes_on_with(self, str item_id) except -1
    @cython.locals(item=_Item)
    cpdef add(self, str item_id, object content_index, bytes audio)
    @cython.locals(item=_Item, size=cython.longlong)
    cpdef list feed(self, long long now_ms)
    @cython.locals(ahead_ms=cython.longlong, size=cython.longlong)
    cdef Py_ssize_t _next_size(self, _Item item, long long now_ms) except -1
    @cython.locals(chunk=bytes, part=cython.longlong, sent_ms=cython.longlong, mark=str, starts_ms=cython.longlong)
    cdef object _send(self, _Item item, long long size, long long now_ms, list messages)
    @cython.locals(item=_Item, size=cython.longlong)
    cpdef object due_ms(self, long long now_ms)
    @cython.locals(first=_Pending)
    cpdef bint passes(self, str name, long long now_ms) except -1
