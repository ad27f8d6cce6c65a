cimport cython

from relay.caller_audio cimport CallerAudio
from relay.ear cimport Ear
from relay.sockets cimport ShortWay
from relay.tap cimport Tap
from relay.twilio_media cimport MediaReader

cdef class AudioPath(ShortWay):
    cdef object _call, _receive, _on_disorder, _on_bug
    cdef CallerAudio _audio
    cdef Ear _ear
    cdef public Tap tap
    cdef MediaReader _media
    cdef long long _sequence

    cpdef bint takes(self, bytes message) except -1
    @cython.locals(payload=bytes, audio=bytes, sequence=cython.longlong, now_ms=cython.longlong, engine_hears=bint)
    cpdef hear(self, tuple frame)
