"""The two pocketsphinx decoders of one process, and one utterance at a time through both.

It blocks, and pocketsphinx holds the interpreter's lock while it works: run it in a process of its own (`worker`).
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pocketsphinx import Config, Decoder

from speech.recognizer.agreement import believed, guessed_name
from speech.recognizer.front_end import FrontEnd, Normaliser
from speech.recognizer.grammar import Automaton
from speech.recognizer.language import MODEL, PRETRAINED, Language
from speech.stt import STATES, Heard, State

_PHONE_HZ = 8000
_PRIORS: dict[bool, Sequence[float]] = {
    True: (39.8, 35.5, -54.4, 42.4, -9.7, -30.8, 37.2, -42.5, 3.8, 17.5, -31.7, 26.3, -12.0),
    False: (49.3, -6.9, -2.9, 7.8, -6.8, -1.7, -5.2, -9.3, -3.8, -4.4, 3.0, -3.1, -2.7),
}
"""Mean cepstra of speech, by whether it comes over a telephone. Source: measured."""
_PRIOR_FRAMES = 100

_GRAMMAR_SEARCH = {"silprob": 0.2, "wip": 0.01, "wbeam": 1e-32, "bestpath": False}
"""Silence must cost no more than a word, and every word something: otherwise short words fill the pauses. A search of
the word lattice gains nothing here, and takes seconds after sounds that are no speech."""
_LM_SEARCH = {
    "lw": 12.0,
    "fwdflat": False,
    "beam": 1e-60,
    "wbeam": 1e-40,
    "pbeam": 1e-60,
    "lpbeam": 1e-50,
    "lponlybeam": 1e-40,
}


class Recognition:
    """Both decoders for one kind of line, all states loaded.

    The telephone's acoustic model is the wideband one, its means and variances mapped to what is left of them there.
    """

    def __init__(self, language: Language, is_phone: bool) -> None:
        self._language = language
        self._prior = _PRIORS[is_phone]
        with TemporaryDirectory() as folder:
            dictionary = Path(folder, "words.dict")
            language.write_dictionary(dictionary)
            common = {
                "hmm": str(PRETRAINED / "en-us"),
                "featparams": str(MODEL / "feat.params"),
                "dict": str(dictionary),
                "lm": None,
                "loglevel": "FATAL",
            }
            if is_phone:
                common["mllr"] = str(MODEL / "phone.mllr")
            self._grammar = Decoder(Config(**common, **_GRAMMAR_SEARCH))
            self._lm = Decoder(Config(**common, **_LM_SEARCH))
            for state in STATES:
                _add_automaton(self._grammar, state, language.automaton(state))
                trigrams = Path(folder, f"{state}.arpa")
                language.write_trigrams(state, trigrams)
                self._lm.add_lm_file(state, str(trigrams))
        self._is_open = False

    def begin(self, state: State, rate_hz: int) -> None:
        self.abandon()
        self._state: State = state
        self._rate_hz = rate_hz
        self._samples = 0
        self._front_end = FrontEnd(rate_hz)
        self._normaliser = Normaliser(self._prior, _PRIOR_FRAMES)
        for decoder in (self._grammar, self._lm):
            decoder.activate_search(state)
            decoder.start_utt()
        self._is_open = True

    def feed(self, pcm16: bytes) -> None:
        pcm = np.frombuffer(pcm16, dtype="<i2")
        self._samples += len(pcm)
        frames = self._normaliser.process(self._front_end.process(pcm))
        # One at a time: given more than a few frames, the searches hear nothing, and which words they prune depends on
        # how many they were given. Source: measured, pocketsphinx 5.1.1.
        for frame in frames.astype("<f4"):
            self._grammar.process_cep(frame.tobytes())
            self._lm.process_cep(frame.tobytes())

    def end(self) -> Heard:
        self._is_open = False
        grammar_text, lm_text = (_text(decoder) for decoder in (self._grammar, self._lm))
        text = believed(grammar_text, lm_text, self._language.automaton(self._state).accepts)
        agreed = text != ""
        if not agreed and self._state == "name":
            text = guessed_name(grammar_text, lm_text, self._language.automaton("name_said").accepts)
        return Heard(text, agreed, grammar_text, lm_text, self._samples * 1000 // self._rate_hz)

    def abandon(self) -> None:
        if self._is_open:
            self.end()


def _text(decoder: Decoder) -> str:
    decoder.end_utt()
    hypothesis = decoder.hyp()
    return hypothesis.hypstr if hypothesis else ""


def _add_automaton(decoder: Decoder, state: State, automaton: Automaton) -> None:
    """pocketsphinx wants one final state: free moves lead there from all of ours."""
    end = len(automaton.arcs)
    words = [(source, target, 1.0, word) for source, arcs in enumerate(automaton.arcs) for word, target in arcs.items()]
    free = [(source, end, 1.0) for source in sorted(automaton.final)]
    decoder.add_fsg(state, decoder.create_fsg(state, 0, end, words + free))


class Decoders:
    """The telephone's decoders at once, the wideband ones when first asked for: most deployments never are."""

    def __init__(self) -> None:
        self._language = Language()
        self._by_line = {True: Recognition(self._language, is_phone=True)}

    def begin(self, state: State, rate_hz: int) -> Recognition:
        is_phone = rate_hz == _PHONE_HZ
        if is_phone not in self._by_line:
            self._by_line[is_phone] = Recognition(self._language, is_phone)
        recognition = self._by_line[is_phone]
        recognition.begin(state, rate_hz)
        return recognition
