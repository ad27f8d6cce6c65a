# The C types of recording_playback.py in its compiled form. What is not named here is Python in both forms.
# `except *`, since Cython 3.3.1 makes no C of `except? -1` for a long long that is declared here.
cimport cython


@cython.final
cdef class _Piece:
    cdef bytes audio
    cdef long long sent_at, start


@cython.final
cdef class _Group:
    cdef list pieces
    cdef str mark
    cdef object cut_at


@cython.final
cdef class Playback:
    cdef readonly object placed
    cdef readonly long long end
    cdef long long _frame, _tolerance, _longest_delay, _delay
    cdef list _groups
    cdef _Group _open

    cpdef sent(self, bytes audio, long long at)
    @cython.locals(group=_Group)
    cpdef marked(self, str name)
    @cython.locals(group=_Group)
    cpdef cleared(self, long long at)
    @cython.locals(group=_Group)
    cpdef played(self, str name, long long at)
    @cython.locals(group=_Group, piece=_Piece)
    cpdef settle(self, long long before)
    @cython.locals(group=_Group)
    cpdef finish(self, long long at)

    @cython.locals(first=_Piece, piece=_Piece, end=cython.longlong, late=cython.longlong)
    cdef _place_by_mark(self, _Group group, long long at)
    cdef _place_by_reckoning(self, _Group group, long long until)
    @cython.locals(piece=_Piece, end=cython.longlong)
    cdef long long _reckon(self, _Group group) except *
    @cython.locals(arrives=cython.longlong)
    cdef long long _start(self, _Piece piece, long long end) except *
    @cython.locals(piece=_Piece)
    cdef _place_all(self, _Group group, object cut_at)
    @cython.locals(audio=bytes, start=cython.longlong)
    cdef _place(self, _Piece piece, object cut_at)
