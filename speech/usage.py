"""Token counts of a response, by the published rules, so that budgets and meters of a client have something to count.

Audio is 1 token per 100 ms of a caller and 1 per 50 ms of an assistant; text about one per four characters. Every
response counts the whole conversation as its input; nothing is cached.
Source: OpenAI, Realtime "Managing costs".
"""

import json
from collections.abc import Sequence
from typing import Any

from speech.items import Item

USER_MS_PER_TOKEN = 100
ASSISTANT_MS_PER_TOKEN = 50
CHARACTERS_PER_TOKEN = 4


def text_tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def audio_tokens(audio_ms: int, role: str) -> int:
    return -(-audio_ms // (USER_MS_PER_TOKEN if role == "user" else ASSISTANT_MS_PER_TOKEN))


def of_response(
    instructions: str, tools: Sequence[dict[str, Any]], read: Sequence[Item], written: Sequence[Item]
) -> dict[str, Any]:
    """The `usage` of a response that read and wrote these items."""
    text_in, audio_in = _tokens(read)
    text_in += text_tokens(instructions) + (text_tokens(json.dumps(list(tools))) if tools else 0)
    text_out, audio_out = _tokens(written, with_transcripts=True)
    return {
        "total_tokens": text_in + audio_in + text_out + audio_out,
        "input_tokens": text_in + audio_in,
        "output_tokens": text_out + audio_out,
        "input_token_details": {
            "text_tokens": text_in,
            "audio_tokens": audio_in,
            "image_tokens": 0,
            "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": text_out, "audio_tokens": audio_out},
    }


def of_transcription(model: str | None, audio_ms: int, transcript: str) -> dict[str, Any]:
    """The `usage` of an input transcription: whisper is billed by duration, the others by tokens."""
    if not model or model.startswith("whisper"):
        return {"type": "duration", "seconds": round(audio_ms / 1000, 2)}
    heard, written = audio_tokens(audio_ms, "user"), text_tokens(transcript)
    return {
        "type": "tokens",
        "total_tokens": heard + written,
        "input_tokens": heard,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": written,
    }


def _tokens(items: Sequence[Item], *, with_transcripts: bool = False) -> tuple[int, int]:
    """(text, audio). An assistant's transcript is text output when it is made, but is not read again as input."""
    text, audio = 0, 0
    for item in items:
        text += text_tokens(item.name + item.arguments) + text_tokens(item.output)
        for part in item.parts:
            audio += audio_tokens(part.audio_ms, item.role)
            if not part.is_audio or with_transcripts:
                text += text_tokens(part.text or "")
    return text, audio
